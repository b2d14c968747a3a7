import { sql } from 'kysely';
import type { PeopleAt } from '../plan/people-at.ts';
import type { Store } from '../store/store.ts';

/** Where the people inside these flows are, as last stored. */
export async function peopleAt(store: Store, flows: readonly string[]): Promise<PeopleAt[]> {
  const { rows } = await sql<PeopleAt>`
    select flow, coalesce(position->>'version', hash) as hash, position->>'step' as step, position->>'kind' as kind,
      count(distinct person)::int as people
    from entries
    where state <> 'closed' and flow = any(${[...flows]}::text[]) and position->>'step' is not null
    group by 1, 2, 3, 4 order by 1, 2, 3`.execute(store.db);
  return rows;
}
