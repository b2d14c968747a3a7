import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { EntryContact, EntryReads } from './entry-rules.ts';
import type { Person } from './person.ts';

/** What `count` and `in_flow` of `on` and `key` see: events up to the one being decided, runs as they are decided. */
export async function readEntryFacts(
  trx: Transaction<Tables>,
  person: Person,
  { flows, counts }: EntryReads,
): Promise<Pick<EntryContact, 'flows' | 'counts'>> {
  const inside = flows.map((flow) => [flow, person.runs.some((run) => run.flow === flow)]);
  if (counts.length === 0) return { flows: Object.fromEntries(inside) };
  const { rows } = await sql<{ key: string; count: number }>`
    select c.key, (
      select count(*)::int from inbox i
      where i.person in (select id from persons where id = ${person.id} union all
                         select id from persons where merged_into = ${person.id})
        and i.name = c.event and i.occurred_at >= c.since
        and not coalesce((i.event->>'development')::boolean, false)) as count
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) c(key text, event text, since timestamptz)`.execute(trx);
  return { flows: Object.fromEntries(inside), counts: Object.fromEntries(rows.map(({ key, count }) => [key, count])) };
}
