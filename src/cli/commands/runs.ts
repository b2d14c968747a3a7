import { Option } from 'commander';
import { personsOf } from '../../operate/contact.ts';
import { COUNT_AT_MOST, latestRuns, runPages } from '../../operate/list-runs.ts';
import { type EntryRow, RUN_STATES, type RunRow } from '../../operate/runs.ts';
import type { RunStatus } from '../../plan/notice.ts';
import type { Cli } from '../cli.ts';
import { CliError } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { type ContactOption, contactOption } from '../contact-option.ts';
import { requireFlow } from '../known.ts';
import { withOperator } from '../operator.ts';
import { counted, MOST_ROWS, moment, paintState, printPages, table } from '../output.ts';

interface RunsOptions {
  readonly flow?: string;
  readonly contact?: ContactOption;
  readonly state?: RunStatus;
}

export const register: Register = (program, run) => {
  program
    .command('runs')
    .description('Who is where: every run, with the step it is at and since when.')
    .option('--flow <name>', 'only runs of this flow')
    .addOption(contactOption('only runs of this contact'))
    .addOption(new Option('--state <state>', 'only runs in this state').choices([...RUN_STATES]))
    .action(run(runs));
};

async function runs(cli: Cli, options: RunsOptions & CommonOptions): Promise<number> {
  return withOperator(cli, options, async (operator) => {
    if (options.flow !== undefined) await requireFlow(operator.store, options.flow);
    const persons = options.contact === undefined ? undefined : await personsOf(operator.store, options.contact);
    if (persons?.length === 0) {
      throw new CliError(`no contact is known with ${options.contact!.kind} "${options.contact!.value}"`);
    }
    const filter = { flow: options.flow, persons, state: options.state };
    const { store, temporal } = operator;
    if (options.json) await printPages(cli, runPages(store, temporal, filter), shown);
    else {
      const { rows, total } = await latestRuns(store, temporal, filter, MOST_ROWS);
      cli.out(total === 0 ? 'no runs\n' : forPeople(cli, rows, total));
    }
    return 0;
  });
}

function shown({ entry: _entry, closed: _closed, ...row }: EntryRow): RunRow {
  return row;
}

function forPeople(cli: Cli, rows: readonly RunRow[], total: number): string {
  const cells = rows.map((row) => [
    row.flow,
    row.contact.email ?? row.contact.mobile ?? row.contact.external_id ?? row.contact.mapp_id ?? '',
    row.state,
    row.step ?? '',
    moment(row.since),
    row.run,
  ]);
  const text = table(['flow', 'contact', 'state', 'step', 'since (UTC)', 'run'], cells, {
    2: (cell) => paintState(cli, cell),
  });
  const all = total > COUNT_AT_MOST ? `more than ${COUNT_AT_MOST} runs` : counted(total, 'run');
  const left = total > rows.length ? `; the ${rows.length} that entered last are shown, --json lists all` : '';
  return `${text}${all}${left}\n`;
}
