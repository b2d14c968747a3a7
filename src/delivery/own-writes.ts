import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { ENGINE_SOURCE } from '../store/inbox.ts';
import { canonicalPerson } from './canonical-person.ts';

/** SQL: a moment in the canonical form of `StoredAttribute.at`. */
const iso = (moment: string) => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * SQL: what accepted effects wrote at Mapp, written to our store as well, so that a later step of any run sees it. Common
 * table expressions to stand behind one named `won(key, entry, flow, person, operation, written_at, latest)`. `latest`: nothing can have been
 * learned since; else (late evidence, an operator's word) a newer value in the store stays. A null value is a cleared attribute
 * and is kept, for its `at`. Joining with double opt-in makes nobody a member until they confirm. A member attribute
 * is kept as `group id:name`. A deleted contact is in no group, and Mapp's id of it names nobody any more.
 *
 * What changes a profile or a group, and each message sent, is an event for flows (LANGUAGE.md §3), where any flow has to do with such
 * (`heard_changes`, which costs one look-up): a row of the inbox, written under the person's lock. What it was before is
 * read without that lock: of two writes of one attribute at the same moment, an event may tell the older value.
 */
export const OWN_WRITES = `
  written as (
    select canonical.id as person, bool_and(won.latest) as latest,
      jsonb_object_agg(coalesce(won.operation->'group'->>'id' || ':', '') || a.key, jsonb_build_object('value', a.value, 'at', ${iso('won.written_at')}, 'by', 'run')) as attributes
    from won cross join ${canonicalPerson('won.person')} cross join lateral jsonb_each(won.operation->'set') a
    group by canonical.id),
  heard as (
    select value as names from meta where key = '${HEARD_CHANGES}'),
  changes as (
    select canonical.id as person, won.key || '/' || a.key as id, won.entry, won.flow, won.written_at,
      'attribute_changed' as name,
      jsonb_build_object('name', a.key, 'from', p.attributes->a.key->'value', 'to', a.value) as data
    from won cross join ${canonicalPerson('won.person')} join persons p on p.id = canonical.id
    cross join lateral jsonb_each(won.operation->'set') a
    where (select names ? 'attribute_changed' from heard) and not won.operation ? 'group'
      and coalesce(p.attributes->a.key->'value', 'null') <> a.value
      and (won.latest or coalesce(p.attributes->a.key->>'at', '') <= ${iso('won.written_at')})
    union all
    select canonical.id, won.key || '/group', won.entry, won.flow, won.written_at, g.name,
      jsonb_build_object('group', won.operation->'group'->>'name')
    from won cross join ${canonicalPerson('won.person')}
    cross join lateral (
      select case won.operation->>'action' when 'add' then 'group_joined' else 'group_left' end as name) g
    left join memberships m on m.person = canonical.id and m.group_id = won.operation->'group'->>'id'
    where (select names ?| array['group_joined', 'group_left'] from heard) and (select names from heard) ? g.name
      and won.operation->>'type' = 'group'
      and not (won.operation->>'action' = 'add' and won.operation->>'optIn' = 'double')
      and coalesce(m.member, false) <> (g.name = 'group_joined') and (m.at is null or m.at <= won.written_at)
    union all
    select canonical.id, won.key || '/sent', won.entry, won.flow, won.written_at, 'message_sent',
      jsonb_build_object('message', won.operation->'message'->>'name', 'step', split_part(won.key, '/', 2), 'run', e.workflow_id)
    from won cross join ${canonicalPerson('won.person')} join entries e on e.id = won.entry
    where (select names ? 'message_sent' from heard) and won.operation->>'type' = 'send'),
  locked as (
    select p.id from persons p where p.id in (select person from written union select person from changes)
    order by p.id for no key update),
  told as (
    insert into inbox (source, dedupe_key, person, name, event, occurred_at, received_at)
    select '${ENGINE_SOURCE}', c.id, c.person, c.name, jsonb_build_object(
        'name', c.name, 'id', c.id, 'dedupeKey', c.id, 'source', '${ENGINE_SOURCE}', 'data', c.data, 'contact', '{}'::jsonb,
        'time', ${iso('c.written_at')}, 'received', ${iso('now()')},
        'origin', jsonb_build_object('flow', c.flow, 'entry', c.entry)),
      c.written_at, now()
    from changes c join locked on locked.id = c.person
    order by c.written_at, c.id
    on conflict (source, dedupe_key) do nothing
    returning person),
  profile as (
    update persons p set
      attributes = p.attributes || case when w.latest then w.attributes else (
        select coalesce(jsonb_object_agg(n.key, n.value), '{}') from jsonb_each(w.attributes) n
        where coalesce(p.attributes->n.key->>'at', '') <= n.value->>'at') end,
      wake = p.wake + case when t.person is null then 0 else 1 end,
      ready_at = case when t.person is null then p.ready_at else least(p.ready_at, now()) end
    from locked
    left join written w on w.person = locked.id
    left join (select distinct person from told) t on t.person = locked.id
    where p.id = locked.id),
  joined as (
    insert into memberships as m (person, group_id, member, at)
    select distinct on (canonical.id, won.operation->'group'->>'id')
      canonical.id, won.operation->'group'->>'id', won.operation->>'action' = 'add', won.written_at
    from won cross join ${canonicalPerson('won.person')}
    where won.operation->>'type' = 'group'
      and not (won.operation->>'action' = 'add' and won.operation->>'optIn' = 'double')
    order by 1, 2, won.written_at desc
    on conflict (person, group_id) do update set member = excluded.member, at = excluded.at where m.at <= excluded.at),
  deleted as (
    select canonical.id as person, max(won.written_at) as at
    from won cross join ${canonicalPerson('won.person')}
    where won.operation->>'type' = 'delete_contact' group by canonical.id),
  emptied as (
    update memberships m set member = false, at = d.at from deleted d where m.person = d.person and m.at <= d.at),
  forgotten as (
    delete from identifiers i using deleted d where i.person = d.person and i.kind = 'mapp_id')`;
