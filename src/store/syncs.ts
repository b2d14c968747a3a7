/** Rows of `syncs`: what Mapp is to hold of a person because a producer says so. Whoever sends them is in `delivery`. */
import { type Kysely, sql } from 'kysely';
import type { Contact } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import { json } from './store.ts';
import type { Tables } from './tables.ts';

/** What a producer says of one place at Mapp (`targetKey` of `plan/sync.ts`). */
export interface SyncWrite {
  readonly target: string;
  /** `source/NAME` or `export/NAME` */
  readonly job: string;
  /** null clears an attribute; of a group whether the person is in it */
  readonly value: Json;
  /** identifiers to send it under, where they are not the person's own */
  readonly address: Contact | null;
  /** ISO 8601 UTC: when it became so */
  readonly at: string;
}

export type PersonSync = SyncWrite & { readonly person: string };

/**
 * The newest word of each place stands, by the producer's time; of two with the same time the one that comes later. A value
 * that Mapp has taken, or refused, already is not sent again. While an older value is on its way the new one waits, so
 * that it cannot be overtaken.
 */
export async function putSyncs(trx: Kysely<Tables>, writes: readonly PersonSync[]): Promise<void> {
  const latest = new Map<string, PersonSync>();
  for (const write of writes) {
    const key = `${write.person} ${write.target}`;
    const other = latest.get(key);
    if (other === undefined || other.at <= write.at) latest.set(key, write);
  }
  if (latest.size === 0) return;
  await sql`
    insert into syncs as s (person, target, job, value, address, at)
      select person, target, job, coalesce(value, 'null'), nullif(address, 'null'), at
        from jsonb_to_recordset(${json([...latest.values()])}::jsonb) as given
          (person uuid, target text, job text, value jsonb, address jsonb, at timestamptz)
        order by person, target
    on conflict (person, target) do update set
      job = excluded.job, value = excluded.value, address = excluded.address, at = excluded.at,
      version = s.version + 1, reason = case when ${SETTLED} then s.reason end,
      state = case when ${SETTLED} then s.state else 'due' end, tries = 0,
      due_at = case when s.state = 'due' then s.due_at else now() end
      where excluded.at >= s.at`.execute(trx);
}

/** The value stands already. */
const SETTLED = sql`s.value = excluded.value and s.address is not distinct from excluded.address and s.state in ('sent', 'rejected')`;

/**
 * Puts the present members of an audience, as far as events told of them, in line for a place at Mapp; a newer word stays.
 * Answers how many are members.
 *
 * @param value what members get
 */
export async function putMembers(
  db: Kysely<Tables>,
  of: { readonly source: string; readonly audience: string },
  { job, target, value }: { readonly job: string; readonly target: string; readonly value: Json },
): Promise<number> {
  const { rows } = await sql<{ members: number }>`
    with told as (
      select distinct on (coalesce(p.merged_into, p.id)) coalesce(p.merged_into, p.id) as person, i.name, i.occurred_at as at
      from inbox i join persons p on p.id = i.person
      where i.name in ('audience_entered', 'audience_exited') and i.event->'data'->>'audience' = ${of.audience}
        and i.source = ${of.source} and not coalesce((i.event->>'development')::boolean, false)
      order by coalesce(p.merged_into, p.id), i.occurred_at desc, i.id desc),
    members as (
      select person, at from told where name = 'audience_entered' order by person),
    put as (
      insert into syncs as s (person, target, job, value, at)
        select person, ${target}, ${job}, ${json(value)}::jsonb, at from members
      on conflict (person, target) do update set
        job = excluded.job, value = excluded.value, at = excluded.at, version = s.version + 1, tries = 0, reason = null,
        state = 'due', due_at = case when s.state = 'due' then s.due_at else now() end
        where excluded.at >= s.at and s.value <> excluded.value)
    select count(*)::int as members from members`.execute(db);
  return rows[0]!.members;
}

/** What producers said of somebody who turns out to be the same person; of two words about one place the newer stands. */
export async function mergeSyncs(trx: Kysely<Tables>, remains: string, merged: string): Promise<void> {
  await sql`
    with moved as (delete from syncs where person = ${merged} returning *)
    insert into syncs as s (person, target, job, value, address, at, state, reason, sent_at)
      select ${remains}, target, job, value, address, at, state, reason, sent_at from moved order by target
    on conflict (person, target) do update set
      job = excluded.job, value = excluded.value, address = excluded.address, at = excluded.at, version = s.version + 1,
      state = 'due', reason = null, tries = 0, due_at = case when s.state = 'due' then s.due_at else now() end
      where excluded.at > s.at`.execute(trx);
}
