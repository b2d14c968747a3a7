import { Command, CommanderError } from 'commander';
import { SetupError } from '../system/setup-error.ts';
import { type Cli, CliError } from './cli.ts';
import type { Action, Register, Runner } from './command.ts';
import { register as apply } from './commands/apply.ts';
import { register as check } from './commands/check.ts';
import { register as deliveries } from './commands/deliveries.ts';
import { register as dev } from './commands/dev.ts';
import { register as doctor } from './commands/doctor.ts';
import { register as plan } from './commands/plan.ts';
import { register as resolve } from './commands/resolve.ts';
import { register as runs } from './commands/runs.ts';
import { register as sandbox } from './commands/sandbox.ts';
import { register as send } from './commands/send.ts';
import { register as serve } from './commands/serve.ts';
import { register as show } from './commands/show.ts';
import { register as up } from './commands/up.ts';
import { register as worker } from './commands/worker.ts';
import { printJson } from './output.ts';
import { programVersion } from './version.ts';

const COMMANDS: readonly Register[] = [
  check,
  plan,
  dev,
  worker,
  serve,
  up,
  sandbox,
  apply,
  send,
  runs,
  show,
  deliveries,
  resolve,
  doctor,
];

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
  for (const register of COMMANDS) register(program, run);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(cli, args, error);
  }
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
  if (args.includes('--json'))
    printJson(cli, { error: { message: expected.message, remedy: expected.remedy ?? null } });
  return expected.exitCode;
}

/** CliError, or what the parts below say of the outside world; null: a bug. */
function expectedFailure(error: unknown): CliError | null {
  if (error instanceof CliError) return error;
  return error instanceof SetupError ? new CliError(error.message) : null;
}
