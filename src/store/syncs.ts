/** Rows of `syncs`: what Mapp is to hold of a person because a producer says so. Whoever sends them is in `delivery`. */
import { type Kysely, sql } from 'kysely';
import type { Contact } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { targetOf } from '../plan/sync.ts';
import { sealSentences } from './crypto/seal-sentences.ts';
import { sealValues } from './crypto/seal-values.ts';
import { vaultOf } from './crypto/vault.ts';
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
  /** Mapp has said so itself: nothing is sent, and what is older than it goes out no more */
  readonly known?: boolean;
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
  const rows = await sealSyncs(trx, [...latest.values()]);
  await sql`
    insert into syncs as s (person, target, job, value, address, at, state)
      select person, target, job, coalesce(value, 'null'), nullif(address, 'null'), at, case when known then 'sent' else 'due' end
        from jsonb_to_recordset(${json(rows)}::jsonb) as given
          (person uuid, target text, job text, value jsonb, address jsonb, at timestamptz, known boolean)
        order by person, target
    on conflict (person, target) do update set
      job = excluded.job, value = excluded.value, address = excluded.address, at = excluded.at,
      version = s.version + 1, reason = case when ${SETTLED} then s.reason end,
      state = case when ${SETTLED} then s.state when s.state = 'due' then 'due' else excluded.state end, tries = 0,
      due_at = case when s.state = 'due' then s.due_at else now() end
      where excluded.at >= s.at`.execute(trx);
}

/** What of a row is sealed: equal values of one person stay equal, so that SQL compares them. */
async function sealSyncs<T extends Pick<PersonSync, 'person' | 'target' | 'job' | 'value' | 'address'>>(
  db: Kysely<Tables>,
  rows: readonly T[],
): Promise<T[]> {
  const vault = vaultOf(db);
  if (vault === null) return [...rows];
  const values = await sealValues(
    vault,
    rows.map((row) => ({ person: row.person, value: isMembership(row) ? null : row.value })),
  );
  const addresses = await sealValues(
    vault,
    rows.map(({ person, address }) => ({ person, value: address as JsonObject | null })),
  );
  return rows.map((row, n) => ({
    ...row,
    value: isMembership(row) ? row.value : values[n]!,
    address: addresses[n] as Contact | null,
  }));
}

/** Rows that were in line already, with what became of them. */
export async function sealSyncRows<T extends PersonSync & { readonly reason: string | null }>(
  db: Kysely<Tables>,
  rows: readonly T[],
): Promise<T[]> {
  const sealed = await sealSyncs(db, rows);
  const reasons = await sealSentences(
    vaultOf(db),
    rows.map(({ person, reason }) => ({ person, text: reason })),
  );
  return sealed.map((row, n) => ({ ...row, reason: reasons[n]! }));
}

/** Who is in a group, or in the audience of an export, says no more than `memberships` do. */
function isMembership({ target, job, value }: Pick<SyncWrite, 'target' | 'job' | 'value'>): boolean {
  const { kind } = targetOf(target);
  return (
    kind === 'group' || kind === 'consent' || (job.startsWith('export/') && (value === 'true' || value === 'false'))
  );
}

/**
 * The value stands already. Consent is a word of its own each time: contacts object, and subscribe, at Mapp too, which need
 * not tell us.
 */
const SETTLED = sql`s.value = excluded.value and s.address is not distinct from excluded.address and s.state in ('sent', 'rejected')
  and not (s.target like 'consent/%' and excluded.at > s.at and excluded.state = 'due')`;

/**
 * Puts the present members of an audience, as far as events told of them, in line for a place at Mapp; a newer word stays.
 * Answers how many are members.
 *
 * @param value what members get: `true`, or `"true"`
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
  const { rows } = await sql<{ row: PersonSync & { readonly reason: string | null } }>`
    delete from syncs where person = ${merged} returning to_jsonb(syncs) as row`.execute(trx);
  if (rows.length === 0) return;
  // Sealed anew, to be compared with what comes for whoever remains.
  const moved = await sealSyncRows(
    trx,
    rows.map(({ row }) => ({ ...row, person: remains })),
  );
  await sql`
    insert into syncs as s (person, target, job, value, address, at, state, reason, sent_at)
      select person, target, job, coalesce(value, 'null'), nullif(address, 'null'), at, state, reason, sent_at
        from jsonb_to_recordset(${json(moved)}::jsonb) as moved
          (person uuid, target text, job text, value jsonb, address jsonb, at timestamptz, state text, reason text, sent_at timestamptz)
        order by target
    on conflict (person, target) do update set
      job = excluded.job, value = excluded.value, address = excluded.address, at = excluded.at, version = s.version + 1,
      state = 'due', reason = null, tries = 0, due_at = case when s.state = 'due' then s.due_at else now() end
      where excluded.at > s.at`.execute(trx);
}
