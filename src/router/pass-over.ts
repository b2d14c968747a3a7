import { type Kysely, sql } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import { profileTold } from '../plan/told.ts';
import type { PassOver } from '../store/inbox.ts';
import type { Tables } from '../store/tables.ts';
import { NAMED } from './decide.ts';

/**
 * Most events of a busy shop concern nobody: no flow starts by them, no run of their person listens for them or awaits a goal,
 * and they tell nothing of the contact. Those are decided where they are written, as `decide` would have decided them: nothing
 * follows.
 *
 * The persons' lock, and a look by a statement of its own, keep it true until the commit: whoever gives a person something to
 * hear holds that lock. A flow that is published meanwhile hears of what is received after it.
 */
export function createPassOver(): PassOver {
  let version: string | null = null;
  let heard: ReadonlySet<string> = new Set();
  return async (trx, rows) => {
    const persons = [...new Set(rows.map(({ person }) => person))];
    const { rows: found } = await sql<{ id: string | null; listens: string[]; version: string }>`
      select p.id, coalesce(m.value::text, '') as version, array(
          select distinct unnest(e.listens) from entries e where e.person = p.id and e.state <> 'closed') as listens
      from (values ('flows_version')) as k (key)
      left join meta m on m.key = k.key
      left join persons p on p.id = any(${persons}::uuid[]) and p.ready_at is null and p.owner is null and p.merged_into is null
        and not exists (select from persons m where m.merged_into = p.id)
        and not exists (select from goals g where g.person = p.id and g.counted_at is null)
        and not exists (select from notices n where n.person = p.id and n.state = 'due')`.execute(trx);
    const now = found[0]!.version;
    if (now !== version) {
      heard = await heardNames(trx);
      version = now;
    }
    const idle = new Map(found.flatMap(({ id, listens }) => (id === null ? [] : [[id, listens]])));
    for (const { person, event } of rows) {
      if (concernsSomebody(event, heard) || idle.get(person)?.includes(event.name)) idle.delete(person);
    }
    return new Set(idle.keys());
  };
}

function concernsSomebody(event: CanonicalEvent, heard: ReadonlySet<string>): boolean {
  const { name, timezone } = event;
  return heard.has(name) || Object.hasOwn(NAMED, name) || profileTold(event) !== null || timezone !== undefined;
}

/** What any published flow starts by. */
async function heardNames(trx: Kysely<Tables>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select distinct listener->>'event' as name
    from flows join plans using (hash), jsonb_array_elements(plan->'on') as listener`.execute(trx);
  return new Set(rows.map(({ name }) => name));
}
