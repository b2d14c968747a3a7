import { isoWithOffset, momentOfText } from '../../plan/local-time.ts';
import type { Plan } from '../../plan/plan.ts';
import { simulate as play, type Simulation } from '../../simulation/simulate.ts';
import { timelineText } from '../../simulation/timeline.ts';
import { type Cli, CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { paint, printJson } from '../output.ts';
import { flowOf, projectDir } from '../project.ts';
import { caseEvent, contactFile, laterEvents, NOBODY, startingEvent } from '../simulation-files.ts';

interface SimulateOptions {
  readonly event: string;
  readonly contact?: string;
  readonly events?: string;
  readonly at?: string;
  readonly until?: string;
}

export const register: Register = (program, run) => {
  program
    .command('simulate')
    .description('Shows what a flow would do for one person, in virtual time: nothing is sent or stored.')
    .argument('<flow>', "the flow's name")
    .requiredOption('--event <file>', 'the event that starts the run: JSON as for POST /v1/events')
    .option('--contact <file>', 'the contact: JSON with email, mobile, external_id, timezone, attributes, groups')
    .option('--events <file>', 'what happens later (or happened before): a JSON list of events with "time"')
    .option('--at <time>', 'when the starting event happens (default: its time, else now)')
    .option('--until <time>', 'leaves out what happens later')
    .action(run(simulate));
};

async function simulate(cli: Cli, options: SimulateOptions & CommonOptions, flow: string): Promise<number> {
  const { project, plan } = await flowOf(cli, projectDir(cli, options), flow);
  const zone = project.timezone;
  const at = options.at === undefined ? null : moment('--at', options.at, zone);
  const until = options.until === undefined ? undefined : moment('--until', options.until, zone);
  const given = options.contact === undefined ? NOBODY : contactFile(cli, options.contact, project);
  const starting = startingEvent(cli, options.event, at, given.identifiers);
  const start = Date.parse(starting.received);
  if (until !== undefined && until < start) {
    throw new CliError('--until lies before the starting event', { exitCode: 2 });
  }
  const identifiers = { ...starting.contact, ...given.identifiers };
  const others = options.events === undefined ? [] : laterEvents(cli, options.events, identifiers);
  const simulation = await play({
    plan,
    project,
    contact: { ...given, identifiers, history: others.filter(({ at: when }) => when < start) },
    start,
    happenings: [caseEvent(starting), ...others.filter(({ at: when }) => when >= start)].map((event) => ({
      type: 'event',
      ...event,
    })),
    failures: [],
    webhooks: {},
    ...(until === undefined ? {} : { until }),
  });
  show(cli, options, plan, simulation);
  return 0;
}

function show(cli: Cli, options: CommonOptions, plan: Plan, { runs, notes, timezone }: Simulation): void {
  const [run] = runs;
  if (run === undefined) {
    const why = plan.on.map(({ event }) => event);
    const [note] = notes.filter(({ detail }) => detail.startsWith('does not start'));
    throw new CliError(
      note === undefined
        ? `the event does not start the flow ${plan.flow}, which starts on ${why.join(', ')}`
        : `the event ${note.detail.replace('the flow', `the flow ${plan.flow}`)}`,
    );
  }
  if (options.json) {
    const timeline = run.lines.map(({ seq: _seq, at, ...line }) => ({
      at: isoWithOffset(Date.parse(at), timezone),
      ...line,
    }));
    printJson(cli, { flow: plan.flow, version: plan.hash, outcome: run.outcome, timeline });
    return;
  }
  for (const { what, detail } of notes) cli.err(`${paint(cli, 'yellow', `note: ${what}: ${detail}`)}\n`);
  cli.out(`${timelineText([run], { timezone, verbose: true }).join('\n')}\n${run.outcome}\n`);
}

function moment(option: string, given: string, zone: string): number {
  const found = momentOfText(given.trim(), zone);
  if (found !== null) return found;
  throw new CliError(`${option} takes a moment such as 2026-03-27T10:00:00+01:00, found "${given}"`, { exitCode: 2 });
}
