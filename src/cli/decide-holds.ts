import { Option } from 'commander';
import { decideHold, type HeldRun, heldRuns } from '../operate/holds.ts';
import { findRun } from '../operate/runs.ts';
import type { HoldDecision } from '../plan/notice.ts';
import { type Cli, CliError } from './cli.ts';
import type { CommonOptions, Register } from './command.ts';
import { requireFlow, unknownRun } from './known.ts';
import { type Operator, withOperator } from './operator.ts';
import { counted, printJson } from './output.ts';

interface DecideOptions {
  readonly flow?: string;
  readonly state?: 'held';
  readonly step?: string;
  readonly yes?: boolean;
}

/** The command `approve` or `reject`. */
export function decideCommand(name: 'approve' | 'reject', as: HoldDecision, goes: string): Register {
  return (program, run) => {
    program
      .command(name)
      .description(`Decides a hold: the run goes on ${goes}.`)
      .argument('[run]', 'a run, as `flows runs` names it; without it all that match the options')
      .option('--flow <name>', 'only runs of this flow')
      .addOption(new Option('--state <state>', 'only runs in this state').choices(['held']))
      .option('--step <id>', 'only runs held at this step')
      .option('--yes', 'do it; without it, several runs are only counted and listed, exit 1')
      .action(run((cli: Cli, options: DecideOptions & CommonOptions, one?: string) => decide(cli, options, as, one)));
  };
}

async function decide(
  cli: Cli,
  options: DecideOptions & CommonOptions,
  as: HoldDecision,
  run: string | undefined,
): Promise<number> {
  const { flow, state, step } = options;
  const filtered = flow !== undefined || state !== undefined || step !== undefined;
  if ((run === undefined) !== filtered) {
    throw new CliError('name one run, or choose runs by --flow, --state, --step', { exitCode: 2 });
  }
  return withOperator(cli, options, async (operator) => {
    if (flow !== undefined) await requireFlow(operator.store, flow);
    const held = await heldRuns(operator.store, operator.temporal, { run, flow, step });
    if (run !== undefined && held.length === 0) throw await notHeld(operator, run);
    const confirmed = run !== undefined || options.yes === true || held.length === 0;
    const decided: HeldRun[] = [];
    const refused: (HeldRun & { readonly refusal: string })[] = [];
    for (const one of confirmed ? held : []) {
      const refusal = await decideHold(operator.store, one, as);
      if (refusal === null) decided.push(one);
      else refused.push({ ...one, refusal });
    }
    if (options.json) {
      printJson(cli, { as, matched: held.length, decided: decided.map(shown), refused: refused.map(shown) });
    } else {
      for (const one of confirmed ? decided : held)
        cli.out(`${one.run}  ${one.step}  ${one.text ?? ''}`.trimEnd() + '\n');
      for (const one of refused) cli.err(`${one.run}  ${one.step}  not ${as}: ${one.refusal}\n`);
      if (confirmed) cli.out(`${counted(decided.length, 'run')} ${as}\n`);
    }
    if (!confirmed) cli.err(`${counted(held.length, 'held run')} would be ${as}: add --yes to do it\n`);
    return !confirmed || refused.length > 0 ? 1 : 0;
  });
}

function shown<T extends HeldRun>({ entry: _entry, ...rest }: T): Omit<T, 'entry'> {
  return rest;
}

async function notHeld(operator: Operator, run: string): Promise<CliError> {
  const found = await findRun(operator.store, run);
  if (found === undefined) return unknownRun(run);
  const where = found.step === null ? found.state : `${found.state} at ${found.step}`;
  return new CliError(`run "${run}" is not held: it is ${where}`);
}
