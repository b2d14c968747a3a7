import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../../config/env-file.ts';
import { CATALOGUE } from '../../config/project.ts';
import type { Project } from '../../plan/project.ts';
import { type CallbackTarget, isHttpUrl } from '../../sandbox/callback.ts';
import { FAULT_HELP, readFaultFlag } from '../../sandbox/fault-flag.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { portOption } from '../port-option.ts';
import { projectDir, soundCatalogue } from '../project.ts';

/** What the sandbox takes where `MAPP_CONNECT_*` and `MAPP_ENGAGE_*` are not set. */
const DEFAULTS = {
  integrationId: 'sandbox',
  secret: 'sandbox-secret',
  user: 'sandbox',
  password: 'sandbox-password',
};
const DEFAULT_PORT = 7090;

interface SandboxOptions {
  readonly port?: number;
  readonly fault: readonly Fault[];
  readonly feedback?: string;
  readonly feedbackToken?: string;
}

export const register: Register = (program, run) => {
  program
    .command('sandbox')
    .description('A local Mapp alone: Connect and Engage, with a page that shows messages, contacts, groups and calls.')
    .addOption(portOption(`its port (default: ${DEFAULT_PORT}; 0: any free one)`))
    .addOption(
      new Option('--fault <fault>', 'a way to fail, such as 429=5 or drop-after:times=1 (see below; repeatable)')
        .argParser(addFault)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--feedback <url>',
        'report what could not be carried out, and what contacts do with messages, to this URL',
      ).argParser(httpUrl),
    )
    .option(
      '--feedback-token <variable>',
      "environment variable with the URL's bearer token (default: that of the source of type mapp_feedback)",
    )
    .addHelpText('after', `\n${FAULT_HELP}`)
    .action(run(sandbox));
};

function addFault(text: string, before: readonly Fault[]): readonly Fault[] {
  const read = readFaultFlag(text);
  if ('problem' in read) throw new InvalidArgumentError(`${read.problem}.`);
  return [...before, read.fault];
}

function httpUrl(text: string): string {
  if (!isHttpUrl(text)) throw new InvalidArgumentError('Write an http or https URL.');
  return text;
}

async function sandbox(cli: Cli, options: SandboxOptions & CommonOptions): Promise<number> {
  if (options.feedbackToken !== undefined && options.feedback === undefined)
    throw new CliError('--feedback-token goes with --feedback', { exitCode: 2 });
  const dir = projectDir(cli, options);
  const env = environment(cli, dir);
  const integrationId = env.MAPP_CONNECT_ID || DEFAULTS.integrationId;
  const secret = env.MAPP_CONNECT_SECRET || DEFAULTS.secret;
  const user = env.MAPP_ENGAGE_USER || DEFAULTS.user;
  const password = env.MAPP_ENGAGE_PASSWORD || DEFAULTS.password;
  // The sandbox serves any project, so without one it takes every group and message.
  const project = existsSync(join(dir, CATALOGUE)) ? soundCatalogue(cli, dir) : null;
  const feedback = feedbackTarget(options, project, env);
  const running = await startSandbox({
    port: options.port ?? DEFAULT_PORT,
    dir: project === null ? null : join(dir, '.flows', 'sandbox'),
    credentials: { integrationId, secret },
    engage: { user, password },
    project,
    faults: options.fault,
    log: (line) => cli.err(`${line}\n`),
    ...(feedback !== null && { feedback }),
  });
  const stopped = cli.untilStopped();
  const { url } = running;
  if (options.json) cli.out(`${JSON.stringify({ ready: true, connect: url, engage: url, control: url })}\n`);
  const say = options.json ? cli.err : cli.out;
  const lines = [
    ['Mapp Connect', `MAPP_CONNECT_URL=${url}`],
    ['', `MAPP_CONNECT_ID=${integrationId}`],
    // A secret that somebody configured is never printed.
    ...(env.MAPP_CONNECT_SECRET ? [] : [['', `MAPP_CONNECT_SECRET=${secret}`]]),
    ['Mapp Engage', `MAPP_ENGAGE_URL=${url}`],
    ['', `MAPP_ENGAGE_USER=${user}`],
    ...(env.MAPP_ENGAGE_PASSWORD ? [] : [['', `MAPP_ENGAGE_PASSWORD=${password}`]]),
    ['inbox', `${url}/`],
    ['control', `${url}/contacts, /groups, /messages, /journal, PUT /faults`],
    ...(feedback === null
      ? []
      : [['feedback', `${feedback.url}${feedback.token === null ? '   (without a token)' : ''}`]]),
    ...options.fault.map((fault) => ['fault', JSON.stringify(fault)]),
  ];
  const end =
    project === null ? 'no project here: everything is kept in memory, every name is known' : 'Ctrl-C ends it';
  say(`${lines.map(([name, value]) => `${name!.padEnd(14)} ${value}`).join('\n')}\n${end}\n`);
  await stopped;
  await running.close();
  return 0;
}

/** The token is named by its variable, as it is in `mapp.yaml`. */
function feedbackTarget(options: SandboxOptions, project: Project | null, env: Environment): CallbackTarget | null {
  if (options.feedback === undefined) return null;
  const source = Object.values(project?.sources ?? {}).find(({ type }) => type === 'mapp_feedback');
  const variable = options.feedbackToken ?? source?.secrets[0];
  const token = variable === undefined ? null : env[variable] || null;
  if (options.feedbackToken !== undefined && token === null)
    throw new CliError(`${variable} is not set`, { remedy: 'Set it, or leave --feedback-token out.' });
  return { url: options.feedback, token };
}
