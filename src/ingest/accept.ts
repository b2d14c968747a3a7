import { type Kysely, sql, type Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import { eventKey, lockPersons, writeInbox } from '../store/inbox.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { type Identifier, identifierKey, identifiersOf, type Resolution, resolveIdentities } from './identity.ts';
import { type QuarantineRow, writeQuarantine } from './quarantine.ts';
import type { Outcome } from './source-adapter.ts';

export interface Accepted {
  /** in the order of the events given */
  readonly outcomes: readonly Outcome[];
  /** how many identifiers of each event belong to somebody else */
  readonly conflicts: readonly number[];
}

/**
 * Makes events durable, in one transaction: finds or creates their persons, writes the inbox, and readies the persons
 * who have something new for the router. An event whose source and key are known already (or occur earlier in the
 * list) changes nothing. Each contact needs at least one identifier. May be called by any number of processes at once.
 *
 * @throws whatever the store throws where it is away; then nothing was written
 */
export async function acceptEvents(
  store: Store,
  events: readonly CanonicalEvent[],
  quarantined: readonly QuarantineRow[] = [],
): Promise<Accepted> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.db.transaction().execute((trx) => write(trx, events, quarantined));
    } catch (error) {
      if (attempt === ATTEMPTS || !mayRepeat(error)) throw error;
    }
  }
}

/** Each failed attempt means that another transaction got further, so a handful is plenty. */
const ATTEMPTS = 10;

/** Another transaction took one of our new identifiers first: with its rows committed, the next attempt finds them. */
class IdentifierTaken extends Error {}

/** serialization failure, deadlock (Postgres, appendix A) */
function mayRepeat(error: unknown): boolean {
  return error instanceof IdentifierTaken || ['40001', '40P01'].includes((error as { code?: string }).code ?? '');
}

/** One event inside somebody's transaction. What it throws may pass when the whole transaction is tried again. */
export async function acceptIn(trx: Transaction<Tables>, event: CanonicalEvent): Promise<void> {
  await write(trx, [event], []);
}

async function write(
  trx: Transaction<Tables>,
  events: readonly CanonicalEvent[],
  quarantined: readonly QuarantineRow[],
): Promise<Accepted> {
  await writeQuarantine(trx, quarantined);
  const known = await knownKeys(trx, events);
  const seen = new Set(known);
  const fresh = events.filter((event) => !seen.has(eventKey(event)) && seen.add(eventKey(event)));
  if (fresh.length === 0) return { outcomes: events.map(() => 'duplicate'), conflicts: events.map(() => 0) };

  const contacts = fresh.map((event) => event.contact);
  const resolution = resolveIdentities(contacts, await ownersOf(trx, contacts.flatMap(identifiersOf)));
  await createPersons(trx, resolution.newPersons);
  await claimIdentifiers(trx, resolution.claims);
  await lockPersons(trx, resolution.persons);
  const rows = fresh.map((event, n) => {
    const notes = [...(event.notes ?? []), ...resolution.conflicts[n]!];
    return { person: resolution.persons[n]!, event: notes.length > 0 ? { ...event, notes } : event };
  });
  const written = await writeInbox(trx, rows);
  const conflicts = new Map(fresh.map((event, n) => [event, resolution.conflicts[n]!.length]));
  return {
    outcomes: events.map((event) => (written.delete(eventKey(event)) ? 'accepted' : 'duplicate')),
    conflicts: events.map((event) => conflicts.get(event) ?? 0),
  };
}

async function knownKeys(trx: Kysely<Tables>, events: readonly CanonicalEvent[]): Promise<string[]> {
  if (events.length === 0) return [];
  const { rows } = await sql<{ source: string; dedupe_key: string }>`
    select inbox.source, inbox.dedupe_key from inbox
      join unnest(${events.map((event) => event.source)}::text[], ${events.map((event) => event.dedupeKey)}::text[])
        as asked (source, dedupe_key) using (source, dedupe_key)`.execute(trx);
  return rows.map((row) => eventKey({ source: row.source, dedupeKey: row.dedupe_key }));
}

/** A merge leaves the merged person's identifiers in place and `merged_into` pointing straight at who remains. */
async function ownersOf(trx: Kysely<Tables>, identifiers: readonly Identifier[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ kind: string; value: string; person: string }>`
    select kind, value, coalesce(persons.merged_into, persons.id) as person
      from identifiers
      join unnest(${identifiers.map((one) => one.kind)}::text[], ${identifiers.map((one) => one.value)}::text[])
        as asked (kind, value) using (kind, value)
      join persons on persons.id = identifiers.person`.execute(trx);
  return new Map(rows.map((row) => [identifierKey(row), row.person]));
}

async function createPersons(trx: Kysely<Tables>, persons: Resolution['newPersons']): Promise<void> {
  if (persons.length === 0) return;
  await sql`
    insert into persons (id, first_identifier)
      select * from unnest(${persons.map(({ id }) => id)}::uuid[], ${persons.map(({ first }) => first)}::text[])`.execute(
    trx,
  );
}

/** Claims come sorted, so that two transactions with the same new people wait for each other instead of deadlocking. */
async function claimIdentifiers(
  trx: Kysely<Tables>,
  claims: readonly (Identifier & { readonly person: string })[],
): Promise<void> {
  if (claims.length === 0) return;
  const { numAffectedRows } = await sql`
    insert into identifiers (kind, value, display, person)
      select * from unnest(${claims.map((claim) => claim.kind)}::text[], ${claims.map((claim) => claim.value)}::text[],
                           ${claims.map((claim) => claim.display)}::text[], ${claims.map((claim) => claim.person)}::uuid[])
    on conflict do nothing`.execute(trx);
  if (Number(numAffectedRows) < claims.length) throw new IdentifierTaken();
}
