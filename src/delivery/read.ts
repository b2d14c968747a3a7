import type { ReadRequest, ReadResult } from '../plan/effect.ts';
import { isZone } from '../plan/local-time.ts';
import type { Store } from '../store/store.ts';
import { canonicalPerson, identifiersOf } from './canonical-person.ts';
import { query, type Statement } from './statement.ts';

/**
 * Answers each request from the store and keeps the answer; the first one under a key stands for ever, so that a redone task
 * decides the same. Two may insert the same key at once: the loser sees no row here, and asks again.
 */
const READ: Statement = {
  name: 'delivery-read',
  text: `
  with asked as (
    select * from jsonb_to_recordset($1::jsonb) as a(key text, entry uuid, contact jsonb, groups jsonb,
      flows jsonb, sends jsonb, counts jsonb, identity boolean, reactions boolean, past jsonb)),
  kept as (
    select asked.key, r.answer from asked join reads r on r.key = asked.key),
  fresh as (
    select asked.*, e.inbox as started_by, p.id as person, p.attributes, p.first_identifier,
      array(select p.id union all select k.id from persons k where k.merged_into = p.id) as known_as, ${identifiersOf('p.id', 'e.person')} as identifiers,
      coalesce(to_jsonb(p.timezone), p.attributes->$2::text->'value') as timezone
    from asked
    join entries e on e.id = asked.entry
    cross join ${canonicalPerson('e.person')}
    join persons p on p.id = canonical.id
    where asked.key not in (select key from kept)),
  stored as (
    insert into reads (key, entry, answer)
    select f.key, f.entry, jsonb_build_object(
      'contact', (
        select coalesce(jsonb_object_agg(c.name, case
          when c.name in ('email', 'mobile', 'external_id') then f.identifiers->c.name
          when c.name = 'timezone' then f.timezone
          else f.attributes->c.name->'value' end), '{}')
        from jsonb_array_elements_text(f.contact) c(name)),
      'groups', (
        select coalesce(jsonb_object_agg(g.id, exists (
          select from memberships m where m.person = f.person and m.group_id = g.id and m.member)), '{}')
        from jsonb_array_elements_text(f.groups) g(id)))
      || case when f.flows is null then '{}' else jsonb_build_object('flows', (
        select coalesce(jsonb_object_agg(w.flow, exists (
          select from entries i where i.person = any(f.known_as) and i.flow = w.flow and i.state <> 'closed')), '{}')
        from jsonb_array_elements_text(f.flows) w(flow))) end
      || case when f.sends is null then '{}' else jsonb_build_object('sends', (
        select coalesce(jsonb_object_agg(s.step, (
          select jsonb_build_object('opened', coalesce(bool_or(d.opened_at is not null), false),
            'clicked', coalesce(bool_or(d.clicked_at is not null), false))
          from deliveries d where d.entry = f.entry and d.step = s.step and d.visit = (
            select max(v.visit) from deliveries v where v.entry = f.entry and v.step = s.step))), '{}')
        from jsonb_array_elements_text(f.sends) s(step))) end
      || case when f.counts is null then '{}' else jsonb_build_object('counts', (
        select coalesce(jsonb_object_agg(c.key, (
          select count(*) from inbox i where i.person = any(f.known_as) and i.name = c.event and i.occurred_at >= c.since
            and not coalesce((i.event->>'development')::boolean, false))), '{}')
        from jsonb_to_recordset(f.counts) c(key text, event text, since timestamptz))) end
      || case when f.identity is null then '{}'
        else jsonb_build_object('identity', coalesce(f.first_identifier, f.person::text)) end
      || case when f.reactions is null then '{}' else jsonb_build_object('reactions', (
        select coalesce(jsonb_agg(r.minute order by r.minute desc), '[]') from (
          select floor(extract(epoch from i.occurred_at) / 60)::bigint as minute from inbox i
          where i.person = any(f.known_as) and i.name in ('message_opened', 'message_clicked')
            and not coalesce((i.event->>'development')::boolean, false)
          order by i.occurred_at desc limit 200) r)) end
      || case when f.past is null then '{}' else jsonb_build_object('past', (
        select coalesce(jsonb_agg(o.event order by o.id), '[]') from (
          select i.id, jsonb_build_object('name', i.name, 'id', i.event->'id', 'time', i.event->'time', 'source', i.event->'source',
            'data', i.event->'data') as event
          from inbox i
          where i.person = any(f.known_as) and i.name in (select jsonb_array_elements_text(f.past->'events'))
            and i.occurred_at >= (f.past->>'since')::timestamptz
            and case when f.started_by is null then i.received_at < (f.past->>'before')::timestamptz else i.id < f.started_by end
            and not coalesce((i.event->>'development')::boolean, false)
          order by i.id desc limit 100) o)) end
    from fresh f order by f.key
    on conflict (key) do nothing
    returning key, answer)
  select key, answer from kept union all select key, answer from stored`,
};

const KNOWN_ENTRIES: Statement = {
  name: 'delivery-known-entries',
  text: `select id::text from entries where id = any($1::uuid[])`,
};

/** The store holds no such run: its request cannot be answered until somebody has put the run back. */
export class UnknownEntry extends Error {
  override readonly name = 'UnknownEntry';
  constructor(entry: string) {
    super(`the store has no entry ${entry}: this run was started over another store, or its person was erased`);
  }
}

/**
 * @param timezoneAttribute the project's attribute that holds a contact's zone, for contacts without one from a producer
 */
export async function read(
  store: Store,
  requests: readonly ReadRequest[],
  timezoneAttribute: string | null,
): Promise<(ReadResult | UnknownEntry)[]> {
  const answers = new Map<string, ReadResult>();
  let open = requests;
  while (open.length > 0) {
    const rows = await query<{ key: string; answer: ReadResult }>(store, READ, [
      JSON.stringify(open),
      timezoneAttribute,
    ]);
    for (const { key, answer } of rows) answers.set(key, withUsableZone(answer));
    open = open.filter(({ key }) => !answers.has(key));
    if (open.length > 0) open = await withEntry(store, open);
  }
  return requests.map(({ key, entry }) => answers.get(key) ?? new UnknownEntry(entry));
}

async function withEntry(store: Store, requests: readonly ReadRequest[]): Promise<ReadRequest[]> {
  const rows = await query<{ id: string }>(store, KNOWN_ENTRIES, [requests.map(({ entry }) => entry)]);
  const known = new Set(rows.map(({ id }) => id));
  return requests.filter(({ entry }) => known.has(entry));
}

/** A zone that this Node does not know counts as none: the run then takes the next outer one. */
function withUsableZone(answer: ReadResult): ReadResult {
  const zone = answer.contact.timezone;
  if (zone === undefined || zone === null || (typeof zone === 'string' && isZone(zone))) return answer;
  return { ...answer, contact: { ...answer.contact, timezone: null } };
}
