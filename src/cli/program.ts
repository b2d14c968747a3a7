import { Command, CommanderError } from 'commander';
import { SetupError } from '../system/setup-error.ts';
import { type Cli, CliError } from './cli.ts';
import type { Action, Register, Runner } from './command.ts';
import { fileTrouble } from './file-trouble.ts';
import { programVersion } from './version.ts';

/** Loaded on demand: Temporal's SDK alone takes longer to load than most commands to run. In the order of the help. */
const COMMANDS: { readonly [name: string]: () => Promise<{ readonly register: Register }> } = {
  check: () => import('./commands/check.ts'),
  plan: () => import('./commands/plan.ts'),
  graph: () => import('./commands/graph.ts'),
  test: () => import('./commands/test.ts'),
  simulate: () => import('./commands/simulate.ts'),
  new: () => import('./commands/new.ts'),
  dev: () => import('./commands/dev.ts'),
  worker: () => import('./commands/worker.ts'),
  serve: () => import('./commands/serve.ts'),
  up: () => import('./commands/up.ts'),
  sandbox: () => import('./commands/sandbox.ts'),
  apply: () => import('./commands/apply.ts'),
  send: () => import('./commands/send.ts'),
  runs: () => import('./commands/runs.ts'),
  show: () => import('./commands/show.ts'),
  deliveries: () => import('./commands/deliveries.ts'),
  approve: () => import('./commands/approve.ts'),
  reject: () => import('./commands/reject.ts'),
  resolve: () => import('./commands/resolve.ts'),
  export: () => import('./commands/export.ts'),
  quarantine: () => import('./commands/quarantine.ts'),
  why: () => import('./commands/why.ts'),
  types: () => import('./commands/types.ts'),
  mapping: () => import('./commands/mapping.ts'),
  identity: () => import('./commands/identity.ts'),
  erase: () => import('./commands/erase.ts'),
  rekey: () => import('./commands/rekey.ts'),
  pull: () => import('./commands/pull.ts'),
  doctor: () => import('./commands/doctor.ts'),
};

/** Runs `flows ARGS…` and answers its exit code: 0 done, 1 it found or met a problem, 2 wrong usage. */
export async function runCli(args: readonly string[], cli: Cli): Promise<number> {
  let code = 0;
  const run: Runner =
    <O, A extends unknown[]>(action: Action<O, A>) =>
    async (...params) => {
      // Commander hands over the arguments, the options, and last the command itself.
      const command = params.at(-1) as Command;
      code = (await action(cli, command.optsWithGlobals(), ...(command.processedArgs as A))) ?? 0;
    };
  const program = new Command('flows')
    .description('Lifecycle marketing flows for Mapp: YAML in git, run as durable Temporal workflows.')
    .version(programVersion(), '--version')
    .option('--project <dir>', 'the project to work on (default: the current directory)')
    .option('--json', 'answer in JSON on stdout')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: cli.out, writeErr: cli.err });
  for (const load of commandsFor(args)) (await load()).register(program, run);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return usage(cli, args, error);
    return report(cli, args, error);
  }
}

/** The command that is called; all of them where the help needs their names, or the nearest to a wrong one. */
function commandsFor(args: readonly string[]): (() => Promise<{ readonly register: Register }>)[] {
  const called = args.find((arg, at) => !arg.startsWith('-') && args[at - 1] !== '--project');
  return called !== undefined && Object.hasOwn(COMMANDS, called) ? [COMMANDS[called]!] : Object.values(COMMANDS);
}

/** Commander has told people already. */
function usage(cli: Cli, args: readonly string[], { code, exitCode, message }: CommanderError): 0 | 2 {
  if (exitCode === 0) return 0;
  const said = code === 'commander.help' ? 'no command is named' : message.replace(/^error: /, '');
  if (args.includes('--json')) printError(cli, said, null);
  return 2;
}

function report(cli: Cli, args: readonly string[], error: unknown): number {
  const expected = expectedFailure(error);
  if (expected === null) {
    cli.err(
      `flows: internal error, please report it with what follows\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
  cli.err(`flows: ${expected.message}\n${expected.remedy === undefined ? '' : `  ${expected.remedy}\n`}`);
  if (args.includes('--json')) printError(cli, expected.message, expected.remedy ?? null);
  return expected.exitCode;
}

/** One line, which whoever reads a stream of lines understands too. */
function printError(cli: Cli, message: string, remedy: string | null): void {
  cli.out(`${JSON.stringify({ error: { message, remedy } })}\n`);
}

/** CliError, or what the parts below say of the outside world; null: a bug. */
function expectedFailure(error: unknown): CliError | null {
  if (error instanceof CliError) return error;
  return error instanceof SetupError ? new CliError(error.message) : fileTrouble(error);
}
