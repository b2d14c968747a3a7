import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { EntryContact, EntryReads } from './entry-rules.ts';
import type { Person } from './person.ts';

/**
 * What `count` and `in_flow` of `on`, `key` and `goal` see: runs as they are decided, and events up to the one being
 * decided, whatever else is in the inbox already.
 *
 * @param inbox id of the event being decided
 */
export async function readEntryFacts(
  trx: Transaction<Tables>,
  person: Person,
  inbox: string,
  { flows, counts }: EntryReads,
): Promise<Pick<EntryContact, 'flows' | 'counts'>> {
  const inside = flows.map((flow) => [flow, person.runs.some((run) => run.flow === flow)]);
  if (counts.length === 0) return { flows: Object.fromEntries(inside) };
  const { rows } = await sql<{ key: string; count: number }>`
    select c.key, (
      select count(*)::int from inbox i
      where i.person in (select id from persons where id = ${person.id} union all
                         select id from persons where merged_into = ${person.id})
        and i.id <= ${inbox} and i.name = c.event and i.occurred_at >= c.since
        and not coalesce((i.event->>'development')::boolean, false)) as count
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) c(key text, event text, since timestamptz)`.execute(trx);
  return { flows: Object.fromEntries(inside), counts: Object.fromEntries(rows.map(({ key, count }) => [key, count])) };
}
