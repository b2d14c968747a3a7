import { canonicalPerson } from './canonical-person.ts';

/** SQL: a moment in the canonical form of `StoredAttribute.at`. */
const iso = (moment: string) => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * SQL: what accepted effects wrote at Mapp, written to our store as well, so that a later step of any run sees it. Common
 * table expressions to stand behind one named `won(person, operation, written_at, latest)`. `latest`: nothing can have been
 * learned since; else (late evidence, an operator's word) a newer value in the store stays. A null value is a cleared attribute
 * and is kept, for its `at`. Joining with double opt-in makes nobody a member until they confirm. A member attribute
 * is kept as `group id:name`. A deleted contact is in no group, and Mapp's id of it names nobody any more.
 */
export const OWN_WRITES = `
  written as (
    select canonical.id as person, bool_and(won.latest) as latest,
      jsonb_object_agg(coalesce(won.operation->'group'->>'id' || ':', '') || a.key, jsonb_build_object('value', a.value, 'at', ${iso('won.written_at')}, 'by', 'run')) as attributes
    from won cross join ${canonicalPerson('won.person')} cross join lateral jsonb_each(won.operation->'set') a
    group by canonical.id),
  locked as (
    select p.id from persons p where p.id in (select person from written) order by p.id for no key update),
  profile as (
    update persons p set attributes = p.attributes || case when w.latest then w.attributes else (
        select coalesce(jsonb_object_agg(n.key, n.value), '{}') from jsonb_each(w.attributes) n
        where coalesce(p.attributes->n.key->>'at', '') <= n.value->>'at') end
    from written w join locked on locked.id = w.person
    where p.id = w.person),
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
