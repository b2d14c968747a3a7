/** `first` of a purchase (LANGUAGE.md §3): whether the store knows of none before it. */
import { type Kysely, sql } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Tables } from './tables.ts';

interface Told {
  readonly person: string;
  readonly event: CanonicalEvent;
}

/** A purchase that does not say so itself. A shop that knows its customers for longer than we do may. */
const asks = ({ name, data }: CanonicalEvent): boolean => name === 'purchase' && typeof data.first !== 'boolean';

/**
 * The rows, in which every purchase says whether it is the contact's first: in order of acceptance, over everybody merged
 * into them, test traffic aside. The persons must be locked.
 */
export async function withFirst(trx: Kysely<Tables>, rows: readonly Told[]): Promise<readonly Told[]> {
  const asking = rows.filter(({ event }) => asks(event)).map(({ person }) => person);
  if (asking.length === 0) return rows;
  const { rows: found } = await sql<{ person: string; canonical: string; bought: boolean }>`
    select given.person, c.id as canonical, exists (
      select from inbox i join persons k on k.id = i.person
      where (k.id = c.id or k.merged_into = c.id) and i.name = 'purchase'
        and not coalesce((i.event->>'development')::boolean, false)) as bought
    from unnest(${[...new Set(asking)]}::uuid[]) as given(person)
    join persons p on p.id = given.person
    cross join lateral (select coalesce(p.merged_into, p.id) as id) c`.execute(trx);
  const known = new Map(found.map((one) => [one.person, one]));
  const bought = new Set(found.filter((one) => one.bought).map(({ canonical }) => canonical));
  return rows.map(({ person, event }) => {
    if (event.name !== 'purchase') return { person, event };
    const who = known.get(person)?.canonical ?? person;
    const first = !bought.has(who);
    if (event.development !== true) bought.add(who);
    return asks(event) ? { person, event: { ...event, data: { ...event.data, first } } } : { person, event };
  });
}
