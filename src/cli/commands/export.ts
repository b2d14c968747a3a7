import { resolve } from 'node:path';
import { readSettings } from '../../config/settings.ts';
import { loneTurns } from '../../delivery/call-turns.ts';
import { sharedRate } from '../../delivery/rate.ts';
import { createSyncSender } from '../../delivery/sync.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { type Backfill, backfill } from '../../ingest/backfill.ts';
import { ConnectClient } from '../../mapp/connect.ts';
import { findDev } from '../../operate/dev-file.ts';
import type { Project } from '../../plan/project.ts';
import type { Export } from '../../plan/sync.ts';
import { beginExports, type ExportProgress, exportProgress, finishExport } from '../../store/exports.ts';
import type { Store } from '../../store/store.ts';
import { type ProgressLine, progressLine } from '../../system/progress-line.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { withOperator } from '../operator.ts';
import { counted, printJson } from '../output.ts';
import { projectDir, soundCatalogue } from '../project.ts';

interface ExportOptions {
  readonly backfill?: string;
}

/** How often to look whether workers have sent what is in line. */
const LOOK_EVERY_MS = 250;

export const register: Register = (program, run) => {
  program
    .command('export')
    .description('How far an audience export of mapp.yaml is; with --backfill, brings its present members to Mapp.')
    .argument('<name>', 'a name under `exports`')
    .option('--backfill <file>', 'JSON lines, each an object that holds the identifier field; may be started again')
    .action(run(exportAudience));
};

async function exportAudience(cli: Cli, options: ExportOptions & CommonOptions, name: string): Promise<number> {
  const dir = projectDir(cli, options);
  const project = soundCatalogue(cli, dir);
  const of = declared(project, name);
  if (options.backfill !== undefined && !of.existing_users) {
    throw new CliError(`export "${name}" does not tell of existing users`, {
      remedy: 'Set `existing_users: true` in mapp.yaml to bring them to Mapp.',
    });
  }
  return withOperator(cli, options, async ({ store }) => {
    await beginExports(store, { [name]: of });
    const file = options.backfill === undefined ? null : resolve(cli.cwd, options.backfill);
    const line = progressLine(process.stderr);
    const stop = { asked: false };
    void cli.untilStopped().then(() => {
      stop.asked = true;
    });
    let read: Backfill | null = null;
    if (file !== null) {
      const told = (done: Backfill) => line.show(`${name}: ${counted(done.lines, 'line')} read`);
      try {
        read = await backfill(store, { name, of }, file, told, () => stop.asked);
        await sendAll({ cli, dir, project, store, name, line, stopped: () => stop.asked });
      } finally {
        line.end();
      }
    }
    const progress = await exportProgress(store.db, name);
    // The wrong file or field must not end the export; a file without a line is an audience without a member.
    const useless = read !== null && !stop.asked && read.lines > 0 && read.without === read.lines;
    const done = read !== null && !stop.asked && !useless;
    const finished = done && of.backfill_only && (await finishExport(store, name));
    tell(cli, options, { name, of, read, progress, finished });
    if (useless) {
      cli.err(
        `flows: no line of ${file} holds a usable "${of.identifier.field}", the field that \`identifier\` of the export names\n`,
      );
    }
    return useless || (read !== null && (progress.due > 0 || stop.asked)) ? 1 : 0;
  });
}

function declared({ exports = {} }: Project, name: string): Export {
  if (Object.hasOwn(exports, name)) return exports[name]!;
  const names = Object.keys(exports);
  const near = nearest(name, names);
  const list =
    names.length === 0 ? 'mapp.yaml declares none under `exports`' : `mapp.yaml declares ${names.join(', ')}`;
  throw new CliError(
    `unknown export "${name}": ${list}`,
    near === undefined ? {} : { remedy: `Did you mean "${near}"?` },
  );
}

interface Sending {
  readonly cli: Cli;
  readonly dir: string;
  readonly project: Project;
  readonly store: Store;
  readonly name: string;
  readonly line: ProgressLine;
  readonly stopped: () => boolean;
}

/** Until nothing waits any more: sent by this process, or by the worker of the `flows dev` that runs. */
async function sendAll({ cli, dir, project, store, name, line, stopped }: Sending): Promise<void> {
  const env = environment(cli, dir);
  const sending = findDev(dir) === null ? ownSender(project, store, env, (said) => cli.err(`flows: ${said}\n`)) : null;
  try {
    for (;;) {
      const { due, sent } = await exportProgress(store.db, name);
      line.show(`${name}: ${sent} sent, ${due} to go`);
      if (due === 0 || stopped()) return;
      const { taken, pauseMs } = (await sending?.send()) ?? { taken: 0, pauseMs: 0 };
      if (taken === 0) await new Promise((end) => setTimeout(end, Math.min(Math.max(pauseMs, LOOK_EVERY_MS), 1_000)));
    }
  } finally {
    await sending?.connect.close();
  }
}

function ownSender(
  project: Project,
  store: Store,
  env: Readonly<Record<string, string | undefined>>,
  log: (said: string) => void,
) {
  const { settings, problems } = readSettings(env, { dev: false });
  if (settings === undefined || settings.mapp === null) {
    throw new CliError(`the members are in line, and this command cannot send them: ${problems.join('\n')}`, {
      remedy: 'Set these variables and start it again, or start a worker.',
    });
  }
  const connect = new ConnectClient({ ...settings.mapp, ...project.mapp });
  const turns = loneTurns({ rate: sharedRate(store, 'connect', settings.rate), batch: settings.batch });
  return {
    connect,
    send: createSyncSender({
      ...{ store, connect, turns, log },
      exports: project.exports ?? {},
      groups: project.groups,
    }),
  };
}

interface Told {
  readonly name: string;
  readonly of: Export;
  readonly read: Backfill | null;
  readonly progress: ExportProgress;
  readonly finished: boolean;
}

function tell(cli: Cli, options: CommonOptions, { name, of, read, progress, finished }: Told): void {
  if (options.json) {
    const { source, audience, attribute, group, existing_users, backfill_only } = of;
    const about = { export: name, source, audience, attribute, group: group.id, existing_users, backfill_only };
    printJson(cli, { ...about, backfill: read, ...progress, finished });
    return;
  }
  if (read !== null) {
    const without = read.without === 0 ? '' : `, ${read.without} without "${of.identifier.field}"`;
    cli.out(`${counted(read.lines, 'line')} read${without}\n`);
  }
  const { due, sent, rejected, skipped } = progress;
  const lost = skipped === 0 ? '' : `, ${skipped} without the identifier`;
  cli.out(`${name}: ${sent} sent, ${due} waiting, ${rejected} refused by Mapp${lost}\n`);
  if (finished) cli.out('finished: later events of this audience change nothing (backfill_only)\n');
}
