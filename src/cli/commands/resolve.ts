import { Option } from 'commander';
import type { ResolveAs } from '../../delivery/resolve.ts';
import { RESOLUTIONS, resolveSteps, STUCK_STATES, type StuckStep, stuckSteps } from '../../operate/resolve.ts';
import { findRun } from '../../operate/runs.ts';
import { progressLine } from '../../system/progress-line.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { requireFlow, unknownRun } from '../known.ts';
import { type Operator, withOperator } from '../operator.ts';
import { counted, printJson } from '../output.ts';

interface ResolveOptions {
  readonly as: ResolveAs;
  readonly flow?: string;
  readonly state?: StuckStep['state'];
  readonly step?: string;
  readonly yes?: boolean;
}

export const register: Register = (program, run) => {
  program
    .command('resolve')
    .description('Frees parked steps: where nobody can tell whether Mapp took a send, or where Mapp refused it.')
    .argument('[run]', 'a run, as `flows runs` names it; without it all that match the options')
    .addOption(
      new Option('--as <decision>', 'sent: Mapp took it; resend: send it again; skip: go on without it')
        .choices([...RESOLUTIONS])
        .makeOptionMandatory(),
    )
    .option('--flow <name>', 'only runs of this flow')
    .addOption(
      new Option('--state <state>', 'only these: all parked ones, of unknown fate, or refused').choices([
        ...STUCK_STATES,
      ]),
    )
    .option('--step <id>', 'only runs parked at this step')
    .option('--yes', 'do it; without it, several runs are only counted and listed, exit 1')
    .action(run(resolve));
};

async function resolve(cli: Cli, options: ResolveOptions & CommonOptions, run?: string): Promise<number> {
  const { as, flow, state, step } = options;
  const filtered = flow !== undefined || state !== undefined || step !== undefined;
  if ((run === undefined) !== filtered) {
    throw new CliError('name one run, or choose runs by --flow, --state, --step', { exitCode: 2 });
  }
  return withOperator(cli, options, async (operator) => {
    if (flow !== undefined) await requireFlow(operator.store, flow);
    const stuck = await stuckSteps(operator.store, operator.temporal, { run, flow, state, step });
    if (run !== undefined && stuck.length === 0) throw await notParked(operator, run);
    const confirmed = run !== undefined || options.yes === true || stuck.length === 0;
    const resolved: StuckStep[] = [];
    const refused: (StuckStep & { readonly refusal: string })[] = [];
    const progress = cli.color && stuck.length > 1 ? progressLine(process.stderr) : null;
    const told = (done: number) => progress?.show(`resolving: ${done} of ${stuck.length}`);
    for (const { one, refusal } of confirmed ? await resolveSteps(operator.store, stuck, as, told) : []) {
      if (refusal === null) resolved.push(one);
      else refused.push({ ...one, refusal });
    }
    progress?.end();
    if (options.json)
      printJson(cli, { as, matched: stuck.length, resolved: resolved.map(shown), refused: refused.map(shown) });
    else {
      for (const one of confirmed ? resolved : stuck)
        cli.out(`${one.run}  ${one.step}  ${one.reason ?? ''}`.trimEnd() + '\n');
      for (const one of refused) cli.err(`${one.run}  ${one.step}  not resolved: ${one.refusal}\n`);
      if (confirmed) cli.out(`${counted(resolved.length, 'step')} resolved as ${as}\n`);
    }
    if (!confirmed) cli.err(`${counted(stuck.length, 'parked step')} would be resolved as ${as}: add --yes to do it\n`);
    return !confirmed || refused.length > 0 ? 1 : 0;
  });
}

function shown<T extends StuckStep>({ entry: _entry, ...rest }: T): Omit<T, 'entry'> {
  return rest;
}

async function notParked(operator: Operator, run: string): Promise<CliError> {
  const found = await findRun(operator.store, run);
  if (found === undefined) return unknownRun(run);
  const where = found.step === null ? found.state : `${found.state} at ${found.step}`;
  return new CliError(`run "${run}" is not parked: it is ${where}`);
}
