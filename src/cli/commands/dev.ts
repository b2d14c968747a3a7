import { InvalidArgumentError, Option } from 'commander';
import { type LoadedProject, loadProject } from '../../config/project.ts';
import { readSettings } from '../../config/settings.ts';
import { sourceSecrets } from '../../config/source-secrets.ts';
import { type Dev, startDev } from '../../server/dev/dev.ts';
import { happeningText } from '../../server/dev/happening-text.ts';
import { publishSound, reloadOnSave } from '../../server/dev/reload.ts';
import { readSample, sendSample } from '../../server/dev/sample.ts';
import { type SampleOutcome, untilSampleEnds } from '../../server/dev/sample-outcome.ts';
import { startFeed } from '../../server/dev/timeline-feed.ts';
import { textLog } from '../../server/log.ts';
import { installRuntime } from '../../server/runtime.ts';
import { progressLine } from '../../system/progress-line.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { counted, paint } from '../output.ts';
import { portOption } from '../port-option.ts';
import { diagnosticsText, projectDir } from '../project.ts';
import { publishedLines } from '../published-words.ts';
import { findRemovedSteps } from '../removed-steps.ts';

/** A day is a second. */
const SAMPLE_SPEED = 86_400;

interface DevCommandOptions {
  readonly sample?: boolean;
  readonly once?: boolean;
  readonly speed?: number;
  readonly port?: number;
}

export const register: Register = (program, run) => {
  program
    .command('dev')
    .description(
      'Everything on this machine: Temporal with its UI, a local Mapp, ingest, router and worker; reloads flows on save.',
    )
    .option('--sample', 'send the sample events of the project and show what happens to their people')
    .option('--once', 'with --sample: end when the sample runs have ended; 0 when all completed or exited')
    .addOption(
      new Option(
        '--speed <n>',
        `divide the length of every timer by n (1; with --sample ${SAMPLE_SPEED}: a day is a second)`,
      ).argParser(speedOf),
    )
    .addOption(portOption('port of the ingest (default: FLOWS_PORT); 0: free ports for everything'))
    .action(run(dev));
};

function speedOf(text: string): number {
  const speed = Number(text);
  if (!(speed >= 1 && Number.isFinite(speed))) throw new InvalidArgumentError('Write a number of at least 1.');
  return speed;
}

async function dev(cli: Cli, options: DevCommandOptions & CommonOptions): Promise<number> {
  if (options.once && !options.sample) throw new CliError('--once goes with --sample', { exitCode: 2 });
  const dir = projectDir(cli, options);
  const say = options.json ? cli.err : cli.out;
  const log = textLog(cli.err, false);
  const stopped = cli.untilStopped();
  installRuntime(log);
  const loaded = await loadProject(dir);
  tellDiagnostics(cli, loaded);
  const { project } = loaded;
  if (project === null)
    throw new CliError('mapp.yaml has errors', { remedy: 'Correct them; nothing can run without it.' });
  const env = environment(cli, dir);
  const { settings, problems } = readSettings(env, { dev: true });
  const sources = sourceSecrets(project, env, { dev: true });
  if (settings === undefined || problems.length + sources.problems.length > 0) {
    throw new CliError([...problems, ...sources.problems].join('\n'));
  }
  const speed = options.speed ?? (options.sample ? SAMPLE_SPEED : 1);
  const toSend = options.sample ? await readSample(dir, { project, secrets: sources.secrets, speed }) : null;
  const progress = progressLine(process.stderr);
  const running = await startDev({
    projectDir: dir,
    loaded: { ...loaded, project },
    settings,
    env,
    secrets: sources.secrets,
    made: sources.made,
    port: options.port ?? settings.port,
    anyPorts: options.port === 0,
    speed,
    log,
    progress: progress.show,
  });
  progress.end();
  const ends: (() => Promise<void>)[] = [() => running.stop()];
  try {
    await publishSound(running.store, loaded);
    const reloading = await reloadOnSave(dir, (again) => reload(cli, running, loaded, again), log);
    ends.push(() => reloading.stop());
    tellReady(cli, options, running, { speed, made: sources.made, flows: loaded.flows.length });
    const feed = await startFeed(
      running.store,
      (happening) => say(happeningText(happening, project.timezone, (style, text) => paint(cli, style, text))),
      log,
    );
    ends.push(() => feed.stop());
    const until = [stopped.then(() => 0), running.ended.then(() => 0)];
    if (toSend !== null) {
      const sample = sendSample(toSend, running.ingest);
      ends.push(async () => sample.stop());
      const watching = new AbortController();
      ends.push(async () => watching.abort());
      const ended = sample.sent.then(() => untilSampleEnds(running.store, sample.addresses, watching.signal));
      // Without --once a sample that was refused ends the command all the same: it says what is wrong.
      until.push(
        ended.then(async (outcome) => {
          if (!options.once) return new Promise<number>(() => {});
          await feed.stop();
          return outcomeCode(say, outcome);
        }),
      );
    }
    return await Promise.race(until);
  } finally {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
  }
}

function tellDiagnostics(cli: Cli, loaded: LoadedProject): void {
  if (loaded.diagnostics.length > 0) cli.err(`${diagnosticsText(cli, loaded)}\n`);
}

async function reload(cli: Cli, running: Dev, started: LoadedProject, again: LoadedProject): Promise<void> {
  tellDiagnostics(cli, again);
  if (again.project === null) return;
  tellDiagnostics(cli, { ...again, diagnostics: await findRemovedSteps(running.store, again) });
  const report = await publishSound(running.store, again);
  running.nudge();
  for (const line of publishedLines(report, { published: 'reloaded', removed: 'removed' })) cli.err(line);
  if (
    JSON.stringify([started.project?.sources, started.project?.events]) !==
    JSON.stringify([again.project.sources, again.project.events])
  ) {
    cli.err('sources and events of mapp.yaml are read when dev starts: start it again to use the new ones\n');
  }
}

interface Facts {
  readonly speed: number;
  readonly made: { readonly [variable: string]: string };
  readonly flows: number;
}

function tellReady(cli: Cli, options: CommonOptions, running: Dev, { speed, made, flows }: Facts): void {
  const { temporal, ui, ingest, sandbox } = running;
  if (options.json) cli.out(`${JSON.stringify({ ready: true, temporal, ui, ingest, sandbox })}\n`);
  const lines = [
    ['temporal', `${temporal}${ui === null ? '' : `   ${ui}`}`],
    ['ingest', `${ingest}/v1/events`],
    ['mapp', sandbox === null ? 'MAPP_CONNECT_URL' : `${sandbox}/   (a local one: nothing leaves this machine)`],
    ['flows', `${counted(flows, 'flow')}, reloaded on save`],
    [
      'speed',
      speed === 1 ? '1: waits take as long as they say' : `${speed}: every wait is ${speed} times shorter than it says`,
    ],
    ...Object.entries(made).map(([name, value]) => [name, `${value}   (made up, because it is not set)`]),
  ];
  const say = options.json ? cli.err : cli.out;
  say(
    `${lines.map(([name, value]) => `${paint(cli, 'bold', name!.padEnd(10))} ${value}`).join('\n')}\n${paint(cli, 'gray', 'Ctrl-C ends everything')}\n\n`,
  );
}

function outcomeCode(say: (text: string) => void, outcome: SampleOutcome | null): number {
  if (outcome === null) return 1;
  const { completed, exited, parked, failed } = outcome;
  say(
    `\n${counted(completed + exited + parked + failed, 'run')}: ${completed} completed, ${exited} exited, ${parked} parked, ${failed} failed\n`,
  );
  return parked + failed === 0 ? 0 : 1;
}
