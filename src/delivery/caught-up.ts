import type { Store } from '../store/store.ts';
import { canonicalPerson } from './canonical-person.ts';
import { query, type Statement } from './statement.ts';

const CAUGHT_UP: Statement = {
  name: 'delivery-caught-up',
  text: `
  select e.id::text as entry,
    exists (select from inbox i where i.person = canonical.id and i.state = 'new')
      or exists (select from notices n where n.entry = e.id and n.state = 'due') as behind,
    coalesce((select max(n.n) from notices n where n.entry = e.id and n.state = 'done'), 0) as sent
  from entries e cross join ${canonicalPerson('e.person')}
  where e.id = any($1::uuid[])`,
};

/** How far a run has been told of what was received for its person. */
export interface Told {
  /** something received is not decided yet, or decided and not sent */
  readonly behind: boolean;
  /** number of the last notice that was sent */
  readonly sent: number;
}

/**
 * By entry; null where the store has no such run. Nothing is kept of the answer: it only says how long to wait, and a task that
 * is redone may as well wait for more.
 */
export async function caughtUp(store: Store, entries: readonly string[]): Promise<(Told | null)[]> {
  const rows = await query<Told & { readonly entry: string }>(store, CAUGHT_UP, [[...new Set(entries)]]);
  const byEntry = new Map(rows.map(({ entry, behind, sent }) => [entry, { behind, sent }]));
  return entries.map((entry) => byEntry.get(entry) ?? null);
}
