import { InvalidArgumentError, Option } from 'commander';
import {
  countStates,
  DELIVERY_STATES,
  type DeliveryRow,
  type DeliveryState,
  listDeliveries,
} from '../../operate/deliveries.ts';
import { findRun } from '../../operate/runs.ts';
import { parseSince } from '../../operate/since.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { unknownRun } from '../known.ts';
import { withOperator } from '../operator.ts';
import { counted, paint, printJson, table } from '../output.ts';

interface DeliveriesOptions {
  readonly state?: DeliveryState;
  readonly message?: string;
  readonly since?: Date;
  readonly run?: string;
}

export const register: Register = (program, run) => {
  program
    .command('deliveries')
    .description('The ledger: what was sent and written to whom, and what became of it.')
    .addOption(new Option('--state <state>', 'only deliveries in this state').choices([...DELIVERY_STATES]))
    .option('--message <name>', 'only sends of this message')
    .option(
      '--since <time>',
      'only since a moment (2026-03-27, 2026-03-27T10:00:00Z) or a period ago (2 hours)',
      sinceOption,
    )
    .option('--run <run>', 'only of this run')
    .action(run(deliveries));
};

function sinceOption(text: string): Date {
  const since = parseSince(text, new Date());
  if (since === null)
    throw new InvalidArgumentError(
      'Write a moment such as 2026-03-27T10:00:00Z, a date, or a period such as "2 hours".',
    );
  return since;
}

async function deliveries(cli: Cli, options: DeliveriesOptions & CommonOptions): Promise<number> {
  return withOperator(cli, options, async ({ store }) => {
    if (options.run !== undefined && (await findRun(store, options.run)) === undefined) {
      throw unknownRun(options.run);
    }
    const rows = await listDeliveries(store, options);
    if (options.json) printJson(cli, rows);
    else cli.out(rows.length === 0 ? 'no deliveries\n' : forPeople(cli, rows));
    return 0;
  });
}

function forPeople(cli: Cli, rows: readonly DeliveryRow[]): string {
  const cells = rows.map((row) => [
    row.at.slice(0, 19).replace('T', ' '),
    row.kind,
    row.target,
    row.address ?? '',
    row.state,
    row.resolution === null ? (row.reason ?? '') : `${row.reason ?? ''} (resolved: ${row.resolution})`.trim(),
    row.run,
  ]);
  const troubled = (cell: string): string => (/^(unknown|rejected)/.test(cell) ? paint(cli, 'red', cell) : cell);
  const text = table(['at (UTC)', 'kind', 'what', 'to', 'state', 'reason', 'run'], cells, { 4: troubled });
  const counts = countStates(rows).map(({ state, count }) => `${count} ${state}`);
  return `${text}${counted(rows.length, 'delivery', 'deliveries')}: ${counts.join(', ')}\n`;
}
