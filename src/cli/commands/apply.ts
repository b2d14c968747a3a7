import { renderText } from '../../diagnostics/render-text.ts';
import { previewPublish } from '../../router/flow-changes.ts';
import { publish } from '../../router/publish.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { withOperator } from '../operator.ts';
import { counted, printJson } from '../output.ts';
import { projectDir, soundProject } from '../project.ts';
import { publishedLines } from '../published-words.ts';
import { findRemovedSteps } from '../removed-steps.ts';

interface ApplyOptions {
  readonly dryRun?: boolean;
}

export const register: Register = (program, run) => {
  program
    .command('apply')
    .description(
      'Publishes the compiled flows: every `serve` uses them for new entries at once; people inside keep theirs.',
    )
    .option('--dry-run', 'only say what would change')
    .action(run(apply));
};

async function apply(cli: Cli, options: ApplyOptions & CommonOptions): Promise<number> {
  const loaded = await soundProject(cli, projectDir(cli, options));
  const { plans } = loaded;
  return withOperator(cli, options, async ({ store }) => {
    const dryRun = options.dryRun === true;
    const warnings = await findRemovedSteps(store, loaded);
    if (warnings.length > 0) cli.err(`${renderText(warnings, loaded.sources)}\n`);
    const report = dryRun ? { ...(await previewPublish(store, plans)), notices: 0 } : await publish(store, plans);
    if (options.json) {
      printJson(cli, { dry_run: dryRun, ...report, warnings });
      return 0;
    }
    const changed = report.published.filter((one) => one.changed);
    const verbs = dryRun
      ? { published: 'would publish', removed: 'would remove' }
      : { published: 'published', removed: 'removed' };
    for (const line of publishedLines(report, verbs)) cli.out(line);
    if (report.notices > 0) cli.out(`${counted(report.notices, 'run')} told of a change of status\n`);
    const same = report.published.length - changed.length;
    cli.out(`${counted(changed.length, 'flow')} changed, ${same} unchanged, ${report.removed.length} removed\n`);
    return 0;
  });
}
