import { sql } from 'kysely';
import { within } from '../store/answers.ts';
import type { Store } from '../store/store.ts';
import { createMetrics } from '../system/metrics.ts';

const GAUGES = {
  flows_store_up: {
    help: 'Whether the store answers: 1, or 0, and then nothing of what follows is known.',
    labels: [],
  },
  flows_runs: { help: 'People inside, by flow and state (as last stored).', labels: ['flow', 'state'] },
  flows_notices_due: { help: 'What was decided and has not reached its run yet.', labels: [] },
  flows_deliveries_unknown: {
    help: 'Sends of which nobody can tell whether Mapp took them, not decided yet.',
    labels: [],
  },
  flows_persons_ready: { help: 'People for whom a router has something to do.', labels: [] },
} as const;

/** Everybody who scrapes gets the same numbers for so long: counting people is work for the store. */
const KEEP_MS = 10_000;

/** What the store tells of all processes together, in Prometheus' text format. */
export function storeGauges(store: Store): () => Promise<string> {
  let last: { readonly at: number; readonly text: Promise<string> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at > KEEP_MS) {
      const text = within(count(store)).catch(() => {
        last = null;
        return down();
      });
      last = { at: performance.now(), text };
    }
    return last.text;
  };
}

/** The numbers of the process itself are what an outage is seen by: they must not fail with these. */
function down(): string {
  const metrics = createMetrics({}, GAUGES);
  metrics.set('flows_store_up', 0);
  return metrics.render();
}

async function count(store: Store): Promise<string> {
  const metrics = createMetrics({}, GAUGES);
  const { rows: runs } = await sql<{ flow: string; state: string; people: number }>`
    select flow, coalesce(position->>'status', 'running') as state, count(*)::int as people
    from entries where state <> 'closed' group by 1, 2`.execute(store.db);
  for (const { flow, state, people } of runs) metrics.set('flows_runs', people, [flow, state]);
  const { rows } = await sql<{ due: number; unknown: number; ready: number }>`
    select (select count(*) from notices where state = 'due')::int as due,
      (select count(*) from deliveries where state = 'unknown' and resolution is null)::int as unknown,
      (select count(*) from persons where ready_at is not null)::int as ready`.execute(store.db);
  const { due, unknown, ready } = rows[0]!;
  metrics.set('flows_store_up', 1);
  metrics.set('flows_notices_due', due);
  metrics.set('flows_deliveries_unknown', unknown);
  metrics.set('flows_persons_ready', ready);
  return metrics.render();
}
