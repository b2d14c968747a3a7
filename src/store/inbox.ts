/** Rows of the inbox, whoever writes them: ingest, a run that emits, a profile that changes. */
import { type Kysely, sql } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import { sealEvents } from './crypto/seal-event.ts';
import { vaultOf } from './crypto/vault.ts';
import { withFirst } from './first-purchase.ts';
import { json } from './store.ts';
import type { Tables } from './tables.ts';

/** The source of events that the engine itself makes; none in `mapp.yaml` has this name. */
export const ENGINE_SOURCE = 'flows';

export interface InboxEvent {
  readonly person: string;
  readonly event: CanonicalEvent;
}

/**
 * From here to the commit nobody else writes for these persons, so that the order of inbox ids is the order in which a
 * router can see them. Answers those who have become somebody else by now.
 */
export async function lockPersons(trx: Kysely<Tables>, persons: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string; merged: boolean }>`
    select id, merged_into is not null as merged from persons where id = any(${[...new Set(persons)]}::uuid[])
    order by id for no key update`.execute(trx);
  return rows.flatMap(({ id, merged }) => (merged ? [id] : []));
}

/** Of the persons, who are locked, those for whom nothing follows from the events: a router need not look at them. */
export type PassOver = (trx: Kysely<Tables>, events: readonly InboxEvent[]) => Promise<ReadonlySet<string>>;

/**
 * Writes what is new, in the order given (purchases with whether they are the first), and readies its persons, who must be
 * locked. What is about somebody merged into another is about who remains. Returns the `eventKey`s written.
 *
 * Persons are looked up one by one: Postgres takes any list in JSON for a hundred rows, and would rather read a whole table of
 * thousands of persons for one event.
 *
 * @param passedOver persons whose events are decided herewith: nothing follows from them
 * @throws by the foreign key, where a person was erased meanwhile
 */
export async function writeInbox(
  trx: Kysely<Tables>,
  given: readonly InboxEvent[],
  passedOver: ReadonlySet<string> = new Set(),
): Promise<Set<string>> {
  if (given.length === 0) return new Set();
  const events = await withFirst(trx, given);
  const sealed = await sealEvents(trx, events);
  const keys = events.map(({ event }) => dedupeForm(trx, event));
  const rows = events.map(({ person, event }, n) => ({
    n,
    source: event.source,
    dedupe_key: keys[n]!,
    person,
    name: event.name,
    event: sealed[n],
    occurred_at: event.time,
    received_at: event.received,
    decided: passedOver.has(person),
  }));
  const { rows: written } = await sql<StoredKey>`
    with written as (
      insert into inbox (source, dedupe_key, person, name, event, occurred_at, received_at, state, decided_at, decisions)
        select source, dedupe_key, coalesce((select p.merged_into from persons p where p.id = given.person), given.person),
            name, event, occurred_at, received_at, case when decided then 'decided' else 'new' end,
            case when decided then date_trunc('milliseconds', now()) end, case when decided then '[]'::jsonb end
          from jsonb_to_recordset(${json(rows)}::jsonb) as given (n integer, source text, dedupe_key text, person uuid,
            name text, event jsonb, occurred_at timestamptz, received_at timestamptz, decided boolean)
          order by n
        on conflict (source, dedupe_key) do nothing
        returning source, dedupe_key, person, state
    ), readied as (
      update persons set ready_at = least(ready_at, now()), wake = wake + 1
        where id = any(array(select person from written where state = 'new'))
    )
    select source, dedupe_key from written`.execute(trx);
  const stored = new Set(written.map(storedKey));
  return new Set(
    events.flatMap(({ event }, n) => {
      const { source } = event;
      return stored.has(storedKey({ source, dedupe_key: keys[n]! })) ? [eventKey(event)] : [];
    }),
  );
}

/** `eventKey`s of those of the events that are in the inbox already. */
export async function knownKeys(trx: Kysely<Tables>, events: readonly CanonicalEvent[]): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const asked = events.map((event) => ({ source: event.source, dedupe_key: dedupeForm(trx, event) }));
  const { rows } = await sql<StoredKey>`
    select inbox.source, inbox.dedupe_key from inbox
      join unnest(${asked.map(({ source }) => source)}::text[], ${asked.map(({ dedupe_key }) => dedupe_key)}::text[])
        as asked (source, dedupe_key) using (source, dedupe_key)`.execute(trx);
  const stored = new Set(rows.map(storedKey));
  return new Set(events.filter((_, n) => stored.has(storedKey(asked[n]!))).map(eventKey));
}

interface StoredKey {
  readonly source: string;
  readonly dedupe_key: string;
}

function storedKey({ source, dedupe_key }: StoredKey): string {
  return `${source} ${dedupe_key}`;
}

export function eventKey(event: { readonly source: string; readonly dedupeKey: string }): string {
  return `${event.source} ${event.dedupeKey}`;
}

/**
 * An event's dedupe key as `inbox.dedupe_key` holds it: where the store is encrypted, an HMAC under its key. The engine's own
 * are made of entries, steps and numbers, some of them in SQL, and stay as they are; but that of a date entry names the
 * contact's date.
 */
export function dedupeForm(
  db: Kysely<Tables>,
  { source, name, dedupeKey }: Pick<CanonicalEvent, 'source' | 'name' | 'dedupeKey'>,
): string {
  const vault = source === ENGINE_SOURCE && name !== 'date' ? null : vaultOf(db);
  return vault?.lookup('event', `${source} ${dedupeKey}`) ?? dedupeKey;
}
