import { InvalidArgumentError, Option } from 'commander';
import {
  countDeliveries,
  DELIVERY_STATES,
  type DeliveryRow,
  type DeliveryState,
  deliveryPages,
  latestDeliveries,
} from '../../operate/deliveries.ts';
import { findRun } from '../../operate/runs.ts';
import { parseSince } from '../../operate/since.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { unknownRun } from '../known.ts';
import { withOperator } from '../operator.ts';
import { counted, MOST_ROWS, moment, paint, printPages, table } from '../output.ts';

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
    if (options.json) await printPages(cli, deliveryPages(store, options));
    else {
      const rows = await latestDeliveries(store, options, MOST_ROWS);
      cli.out(
        rows.length === 0 ? 'no deliveries\n' : forPeople(cli, rows) + totals(await countDeliveries(store, options)),
      );
    }
    return 0;
  });
}

function forPeople(cli: Cli, rows: readonly DeliveryRow[]): string {
  const cells = rows.map((row) => [
    moment(row.at),
    row.kind,
    row.target,
    row.address ?? '',
    row.state,
    [row.reason, row.resolution && `(resolved: ${row.resolution})`, row.failure, reaction(row)]
      .filter(Boolean)
      .join(' '),
    row.run,
  ]);
  const troubled = (cell: string): string => (/^(unknown|rejected)/.test(cell) ? paint(cli, 'red', cell) : cell);
  return table(['at (UTC)', 'kind', 'what', 'to', 'state', 'reason', 'run'], cells, { 4: troubled });
}

function reaction({ opened, clicked }: DeliveryRow): string | null {
  return clicked !== null ? 'clicked' : opened !== null ? 'opened' : null;
}

/** Reasons shown of one state: a reason may quote what Mapp said. */
const MOST_REASONS = 10;

/** `812 deliveries: 790 accepted, 22 skipped (20 unsubscribed, 2 blocked)` */
function totals(counts: Awaited<ReturnType<typeof countDeliveries>>): string {
  const sum = (some: typeof counts) => some.reduce((total, { count }) => total + count, 0);
  const states = DELIVERY_STATES.flatMap((state) => {
    const ofState = counts.filter((one) => one.state === state);
    const named = ofState.flatMap(({ reason, count }) => (reason === null ? [] : [`${count} ${reason}`]));
    const more = named.length > MOST_REASONS ? [...named.slice(0, MOST_REASONS), '…'] : named;
    return ofState.length === 0 ? [] : [`${sum(ofState)} ${state}${more.length > 0 ? ` (${more.join(', ')})` : ''}`];
  });
  const all = sum(counts);
  const left = all > MOST_ROWS ? `; the latest ${MOST_ROWS} are shown, --json lists all` : '';
  return `${counted(all, 'delivery', 'deliveries')}: ${states.join(', ')}${left}\n`;
}
