import { showRun, type Timeline } from '../../operate/timeline.ts';
import { localTime, printedLine } from '../../operate/timeline-text.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { unknownRun } from '../known.ts';
import { withOperator } from '../operator.ts';
import { paint, paintState, printJson } from '../output.ts';

export const register: Register = (program, run) => {
  program
    .command('show')
    .description("One person's way through a flow: what happened when, and the value each decision saw.")
    .argument('<run>', 'a run, as `flows runs` names it (the workflow id)')
    .action(run(show));
};

async function show(cli: Cli, options: CommonOptions, run: string): Promise<number> {
  return withOperator(cli, options, async (operator) => {
    const timeline = await showRun(operator.store, operator.temporal, run);
    if (timeline === undefined) {
      throw unknownRun(run);
    }
    if (options.json) printJson(cli, timeline);
    else cli.out(forPeople(cli, timeline));
    return 0;
  });
}

function forPeople(cli: Cli, run: Timeline): string {
  const zone = run.timezone;
  const lines = run.timeline.map((line) => printedLine(line, zone));
  const width = Math.max(0, ...lines.map((line) => line.kind.length));
  const who = Object.entries(run.contact).map(([kind, value]) => `${kind}=${value}`);
  const where = run.step === null ? '' : ` at ${run.step}`;
  return [
    `${paint(cli, 'bold', run.flow)}  ${who.join('  ')}`,
    `${paintState(cli, run.state)}${where} since ${localTime(run.since, zone)}${run.reason === null ? '' : `: ${run.reason}`}`,
    ...(run.next === null ? [] : [`next: ${run.next}`]),
    paint(
      cli,
      'gray',
      `run ${run.run}, version ${run.version}${run.key === null ? '' : `, key ${run.key}`}, times in ${zone}`,
    ),
    '',
    ...lines.map((line) => {
      const text = `${paint(cli, 'gray', line.at)}  ${line.kind.padEnd(width)}  ${line.rest}`.trimEnd();
      return line.bad ? paint(cli, 'red', text) : text;
    }),
    '',
  ].join('\n');
}
