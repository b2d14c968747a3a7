/** Tells what happens to people as it happens: new timeline lines and newly parked runs, read from the store. */
import { sql } from 'kysely';
import type { RunPosition, TrailLine } from '../../plan/notice.ts';
import type { Store } from '../../store/store.ts';

const POLL_MS = 200;

export interface Happening {
  readonly run: string;
  readonly flow: string;
  /** an address, else the person's id */
  readonly who: string;
  readonly line: TrailLine | null;
  /** instead of a line: the run is parked */
  readonly parked: RunPosition | null;
}

export interface Feed {
  stop(): Promise<void>;
}

export async function startFeed(
  store: Store,
  tell: (happening: Happening) => void,
  log: (message: string) => void,
): Promise<Feed> {
  const { rows } = await sql<{ last: string }>`select coalesce(max(id), 0) as last from trail`.execute(store.db);
  let last = rows[0]!.last;
  const parked = new Set<string>();
  let stopped = false;

  const poll = async () => {
    for (const row of await newLines(store, last)) {
      last = row.id;
      tell({ ...row, parked: null });
    }
    for (const row of await parkedRuns(store)) {
      const at = `${row.run} ${row.parked.step} ${row.parked.since}`;
      if (parked.has(at)) continue;
      parked.add(at);
      tell({ ...row, line: null });
    }
  };

  let failing = false;
  const loop = (async () => {
    while (!stopped) {
      try {
        await poll();
        failing = false;
      } catch (error) {
        if (!failing) log(`timelines cannot be read: ${error instanceof Error ? error.message : error}`);
        failing = true;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await poll().catch(() => {});
  })();

  return {
    async stop() {
      stopped = true;
      await loop;
    },
  };
}

const WHO = sql<string>`coalesce(
  (select display from identifiers i where i.person = entries.person and not i.former and i.kind not like 'alias:%'
    order by array_position(array['email', 'mobile', 'external_id', 'mapp_id'], kind) limit 1),
  entries.person::text)`;

async function newLines(
  store: Store,
  last: string,
): Promise<{ id: string; run: string; flow: string; who: string; line: TrailLine }[]> {
  return store.db
    .selectFrom('trail')
    .innerJoin('entries', 'entries.id', 'trail.entry')
    .select(['trail.id', 'entries.workflow_id as run', 'entries.flow', 'trail.line', WHO.as('who')])
    .where('trail.id', '>', last)
    .orderBy('trail.id')
    .execute();
}

async function parkedRuns(store: Store): Promise<{ run: string; flow: string; who: string; parked: RunPosition }[]> {
  const rows = await store.db
    .selectFrom('entries')
    .select(['workflow_id as run', 'flow', 'position as parked', WHO.as('who')])
    .where('state', '<>', 'closed')
    .where(sql<boolean>`position ->> 'status' = 'parked'`)
    .execute();
  return rows.map((row) => ({ ...row, parked: row.parked! }));
}
