import { sql } from 'kysely';
import type { Store } from '../store/store.ts';
import { NAMED } from './decide.ts';
import { shareFlows } from './locks.ts';
import type { PublishedFlows } from './published-flows.ts';

/** Persons passed over in one transaction. */
const AT_ONCE = 500;

/**
 * Most events of a busy shop concern nobody: no flow starts by them, their person is inside none and awaits no goal, and they
 * tell nothing of the contact. In a backlog those are decided here, many persons in one transaction, as `decide` would have
 * decided each: nothing follows from them. Answers how many persons were passed over.
 *
 * The persons are locked first, and looked at again by a statement of its own: whoever writes events holds that lock to
 * its commit, so that what came meanwhile is either seen, or makes the person ready afterwards.
 */
export function passOver(store: Store, published: PublishedFlows): Promise<number> {
  return store.db.transaction().execute(async (trx) => {
    await shareFlows(trx);
    const flows = await published.read(trx);
    const heard = [
      ...new Set([...Object.keys(NAMED), ...flows.flatMap(({ plan }) => plan.on.map(({ event }) => event))]),
    ];
    const idle = sql<boolean>`p.ready_at <= now() and (p.lease_until is null or p.lease_until <= now())
      and p.merged_into is null
      and not exists (select from persons m where m.merged_into = p.id)
      and not exists (select from entries e where e.person = p.id and e.state <> 'closed')
      and not exists (select from goals g where g.person = p.id and g.counted_at is null)
      and not exists (select from notices n where n.person = p.id and n.state = 'due')
      and not exists (select from inbox i where i.person = p.id and i.state = 'new' and (
        i.name = any(${heard}::text[]) or i.decisions is not null or i.event ? 'profile' or i.event ? 'timezone'))`;
    const { rows: locked } = await sql<{ id: string }>`
      select p.id from persons p where ${idle} order by p.ready_at limit ${AT_ONCE}
      for no key update skip locked`.execute(trx);
    if (locked.length === 0) return 0;
    const { numAffectedRows } = await sql`
      with passed as (
        select p.id from persons p where p.id = any(${locked.map(({ id }) => id)}::uuid[]) and ${idle}),
      decided as (
        update inbox i set state = 'decided', decided_at = date_trunc('milliseconds', now()), decisions = '[]'
        from passed where i.person = passed.id and i.state = 'new')
      update persons p set ready_at = null, owner = null, lease_until = null
      from passed where p.id = passed.id`.execute(trx);
    return Number(numAffectedRows);
  });
}
