import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileProject } from '../../compiler/catalogue.ts';
import { CATALOGUE } from '../../config/project.ts';
import { readSettings } from '../../config/settings.ts';
import { ConnectClient, type ConnectSettings } from '../../mapp/connect.ts';
import { isMappError } from '../../mapp/errors.ts';
import { type Account, comparePulled, type Pulled, readAccount, sectionOf } from '../../operate/pull.ts';
import { addEntries, commentsOf, replaceComments, scalarText } from '../../source/sections.ts';
import { SourceText } from '../../source/text.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { counted, printJson } from '../output.ts';
import { projectDir, soundCatalogue } from '../project.ts';

const SECTIONS = ['groups', 'apps', 'messages'] as const;
/** Begins the comment that says what the account calls an entry; other comments are people's own. */
const REMEMBERED = 'Mapp: ';

interface PullOptions {
  readonly dryRun?: boolean;
}

export const register: Register = (program, run) => {
  program
    .command('pull')
    .description(
      'Fills mapp.yaml from the Mapp account: groups, prepared messages, apps. What is written stays as it is.',
    )
    .option('--dry-run', 'only say what would change')
    .action(run(pull));
};

async function pull(cli: Cli, options: PullOptions & CommonOptions): Promise<number> {
  const dir = projectDir(cli, options);
  const project = soundCatalogue(cli, dir);
  const { settings, problems } = readSettings(environment(cli, dir), { dev: false });
  if (settings === undefined || settings.mapp === null) throw new CliError(problems.join('\n'));
  const account = await accountOf(settings.mapp);
  const path = join(dir, CATALOGUE);
  const before = readFileSync(path, 'utf8');
  const remembered = Object.fromEntries(SECTIONS.map((section) => [section, rememberedNames(before, section)]));
  const pulled = comparePulled(project, account, remembered as Parameters<typeof comparePulled>[2]);
  const after = written(before, pulled);
  const changed = after !== before;
  if (changed && options.dryRun !== true) replaceFile(path, after);
  if (options.json) printJson(cli, { changed, dry_run: options.dryRun === true, ...pulled });
  else tell(cli, pulled, options.dryRun === true);
  return 0;
}

async function accountOf(settings: ConnectSettings): Promise<Account> {
  const connect = new ConnectClient(settings);
  try {
    return await readAccount(connect);
  } catch (error) {
    if (!isMappError(error)) throw error;
    throw new CliError(error.message, {
      remedy: 'Nothing was changed. `flows doctor` checks address and credentials.',
    });
  } finally {
    await connect.close();
  }
}

function rememberedNames(text: string, section: string): ReadonlyMap<string, string> {
  const comments = [...commentsOf(text, section)].filter(([, comment]) => comment.startsWith(REMEMBERED));
  return new Map(comments.map(([name, comment]) => [name, comment.slice(REMEMBERED.length)]));
}

function written(before: string, { added, renamed }: Pulled): string {
  let text = before;
  for (const section of SECTIONS) {
    const news = renamed.filter(({ kind }) => sectionOf(kind) === section);
    text = replaceComments(text, section, new Map(news.map(({ name, to }) => [name, REMEMBERED + to])));
    const entries = added.filter(({ kind }) => sectionOf(kind) === section);
    text = addEntries(
      text,
      section,
      entries.map(({ kind, name, id, account }) => ({
        name,
        value:
          section === 'messages'
            ? `{ channel: ${kind.split(' ')[0]}, id: ${scalarText(id, true)} }`
            : scalarText(id, true),
        comment: REMEMBERED + account,
      })),
    );
  }
  const { diagnostics } = compileProject(new SourceText(CATALOGUE, text));
  const wrong = diagnostics.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw new Error(`pull would make ${CATALOGUE} wrong: ${wrong.message}`);
  return text;
}

/** All or nothing, also for a process that watches the file. */
function replaceFile(path: string, text: string): void {
  const next = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(next, text, { mode: statSync(path).mode });
  renameSync(next, path);
}

function tell(cli: Cli, { added, renamed, gone, skipped }: Pulled, dryRun: boolean): void {
  for (const { kind, name, id, account } of added)
    cli.out(`${dryRun ? 'would add' : 'added'} ${kind} ${name} (id ${id}), in Mapp "${account}"\n`);
  for (const { kind, name, id, from, to } of renamed)
    cli.out(`${kind} ${name} (id ${id}) is called "${to}" in Mapp now, no longer "${from}"; its name here stays\n`);
  for (const { kind, name, id } of gone)
    cli.out(`${kind} ${name} (id ${id}) is not in the account; delete it from ${CATALOGUE} where no flow needs it\n`);
  for (const kind of skipped) cli.out(`the account has no list of ${kind}s\n`);
  cli.out(
    `${counted(added.length, 'addition')}, ${renamed.length} renamed in Mapp, ${gone.length} not in the account\n`,
  );
}
