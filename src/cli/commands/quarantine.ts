import { Argument } from 'commander';
import { nearest } from '../../diagnostics/nearest.ts';
import { type Retried, retryQuarantined } from '../../ingest/retry.ts';
import { syncsOf } from '../../ingest/syncs-of.ts';
import { dropQuarantined, listQuarantine, type QuarantineEntry } from '../../operate/quarantine.ts';
import type { Project } from '../../plan/project.ts';
import { ledgerFeedback } from '../../server/feedback.ts';
import { encryptionKeys } from '../../store/crypto/keys-from-env.ts';
import type { Store } from '../../store/store.ts';
import { createSealer } from '../../system/seal.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { withOperator } from '../operator.ts';
import { counted, moment, printJson, table } from '../output.ts';
import { projectDir, soundCatalogue } from '../project.ts';

const ACTIONS = ['list', 'retry', 'drop'] as const;
type QuarantineAction = (typeof ACTIONS)[number];

interface QuarantineOptions {
  readonly source?: string;
  readonly reason?: string;
  readonly all?: boolean;
}

export const register: Register = (program, run) => {
  program
    .command('quarantine')
    .description('What producers sent and could not be used, with the reason: list it, try it again, or drop it.')
    .addArgument(new Argument('<action>', 'what to do').choices([...ACTIONS]))
    .argument('[id...]', 'entries, as `flows quarantine list` names them')
    .option('--source <name>', 'only those of this source')
    .option('--reason <text>', 'only those whose reason begins so, such as "unaddressable"')
    .option('--all', 'with `drop`: all of them')
    .action(run(quarantine));
};

async function quarantine(
  cli: Cli,
  options: QuarantineOptions & CommonOptions,
  action: QuarantineAction,
  given: readonly string[],
): Promise<number> {
  const { source, reason, all } = options;
  for (const id of given) {
    if (!/^\d{1,18}$/.test(id)) throw new CliError(`"${id}" is no entry: ids are numbers`, { exitCode: 2 });
  }
  const chosen = given.length > 0 || source !== undefined || reason !== undefined;
  if (action === 'drop' && !chosen && all !== true) {
    throw new CliError('name entries, choose them by --source or --reason, or say --all', { exitCode: 2 });
  }
  return withOperator(cli, options, async ({ store }) => {
    const ids = given.length > 0 ? given : undefined;
    const entries = await listQuarantine(store, { ids, source, reason });
    const found = new Set(entries.map(({ id }) => id));
    const missing = given.filter((id) => !found.has(id));
    if (missing.length > 0) throw new CliError(`there is no entry ${missing.join(', ')} in quarantine`);
    if (entries.length === 0 && source !== undefined) await requireSource(cli, options, store, source);
    if (action === 'list') return list(cli, options, entries);
    if (action === 'drop') {
      const dropped = await dropQuarantined(store, [...found]);
      if (options.json) printJson(cli, { dropped });
      else cli.out(`${counted(dropped, 'entry', 'entries')} dropped\n`);
      return 0;
    }
    return retry(cli, options, store, entries);
  });
}

/** Throws CliError for a name that is neither a source of the project nor of anything in quarantine. */
async function requireSource(cli: Cli, options: CommonOptions, store: Store, source: string): Promise<void> {
  const declared = Object.keys(soundCatalogue(cli, projectDir(cli, options)).sources);
  const kept = await store.db.selectFrom('quarantine').select('source').distinct().orderBy('source').execute();
  const known = [...new Set([...declared, ...kept.map((row) => row.source)])];
  if (known.includes(source)) return;
  const near = nearest(source, known);
  throw new CliError(
    `unknown source "${source}": there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`,
    near === undefined ? {} : { remedy: `Did you mean "${near}"?` },
  );
}

function list(cli: Cli, options: QuarantineOptions & CommonOptions, entries: readonly QuarantineEntry[]): number {
  if (options.json) {
    printJson(cli, entries);
    return 0;
  }
  const cells = entries.map(({ id, source, received, reason, kept }) => [
    id,
    source,
    moment(received),
    kept ? reason : `${reason} (body gone)`,
  ]);
  const { source, reason } = options;
  const chosen = source !== undefined || reason !== undefined;
  const none = chosen ? 'nothing in quarantine is of that source and reason\n' : 'nothing is in quarantine\n';
  cli.out(entries.length === 0 ? none : table(['id', 'source', 'received (UTC)', 'reason'], cells));
  return 0;
}

async function retry(
  cli: Cli,
  options: CommonOptions,
  store: Store,
  entries: readonly QuarantineEntry[],
): Promise<number> {
  const dir = projectDir(cli, options);
  const project: Project = soundCatalogue(cli, dir);
  const sealer = createSealer(encryptionKeys(environment(cli, dir)).keys);
  const beside = { feedback: ledgerFeedback, syncs: syncsOf(project), groups: project.groups };
  const { sources, events: shapes, messages } = project;
  const tried: Retried[] = [];
  for (const { id } of entries) {
    const row = await store.db.selectFrom('quarantine').selectAll().where('id', '=', id).executeTakeFirst();
    // Somebody else may have tried or dropped it meanwhile.
    if (row !== undefined)
      tried.push(await retryQuarantined({ store, sources, shapes, messages, beside, sealer }, row));
  }
  const kept = tried.filter((one) => one.kept !== null);
  if (options.json) printJson(cli, tried);
  else {
    for (const one of kept) cli.out(`${one.id}  stays: ${one.kept}\n`);
    const sum = (of: 'accepted' | 'duplicates') => tried.reduce((total, one) => total + one[of], 0);
    const known = sum('duplicates') === 0 ? '' : `${sum('duplicates')} known already, `;
    cli.out(
      `${counted(tried.length, 'entry', 'entries')} tried: ${counted(sum('accepted'), 'event')} accepted, ${known}${kept.length} still in quarantine\n`,
    );
  }
  return kept.length > 0 ? 1 : 0;
}
