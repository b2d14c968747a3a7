import type { Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Project } from '../plan/project.ts';
import { type ConsentTold, tellConsents } from '../store/consents.ts';
import { PersonErased } from '../store/crypto/key-table.ts';
import { requestErasure } from '../store/erasures.ts';
import { eventKey, type InboxEvent, knownKeys, type PassOver, writeInbox } from '../store/inbox.ts';
import { type MembershipTold, tellMemberships } from '../store/memberships.ts';
import type { Store } from '../store/store.ts';
import { type PersonSync, putSyncs } from '../store/syncs.ts';
import type { Tables } from '../store/tables.ts';
import { type TakeFeedback, withSends } from './feedback.ts';
import { identify } from './identify.ts';
import { IdentifierTaken } from './identity-store.ts';
import { type QuarantineRow, writeQuarantine } from './quarantine.ts';
import type { Outcome } from './source-adapter.ts';
import type { SyncsOf } from './syncs-of.ts';

export interface Accepted {
  /** in the order of the events given */
  readonly outcomes: readonly Outcome[];
  /** how many identifiers of each event belong to somebody else */
  readonly conflicts: readonly number[];
  /** of each row given for quarantine, whether it is new there */
  readonly kept: readonly boolean[];
  /** whether a router has something to do */
  readonly toRoute: boolean;
}

/** What becomes of events beside the inbox. */
export interface Beside {
  /** takes what events say of messages into the ledger; null: nobody listens */
  readonly feedback: TakeFeedback | null;
  /** what is to be written to Mapp; null: nothing */
  readonly syncs: SyncsOf | null;
  /** the catalogue's groups, by name: what `group_joined` and `group_left` name */
  readonly groups: Project['groups'];
  /** absent: a router looks at every event */
  readonly passOver?: PassOver | undefined;
}

const NOTHING: Beside = { feedback: null, syncs: null, groups: null };

/**
 * Makes events durable, in one transaction: finds or creates their persons, writes the inbox, and readies the persons
 * who have something new for the router. An event whose source and key are known already (or occur earlier in the
 * list) changes nothing. Each contact needs at least one identifier. May be called by any number of processes at once.
 *
 * @param beside what else becomes of the events, in the same transaction
 * @param attempted hears what a commit would make of them before there is one, null at each new beginning: where the commit's
 *   answer is lost, nobody else can tell this write from an earlier one
 * @throws whatever the store throws where it is away; then nothing was written
 */
export async function acceptEvents(
  store: Pick<Store, 'db'>,
  events: readonly CanonicalEvent[],
  quarantined: readonly QuarantineRow[] = [],
  beside: Beside = NOTHING,
  attempted: (accepted: Accepted | null) => void = () => {},
): Promise<Accepted> {
  return await repeated(() => {
    attempted(null);
    return store.db.transaction().execute(async (trx) => {
      const accepted = await write(trx, events, quarantined, beside);
      attempted(accepted);
      return accepted;
    });
  });
}

/** Tries a transaction again that failed only because another one was first. */
export async function repeated<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === ATTEMPTS || !mayRepeat(error)) throw error;
    }
  }
}

/** Each failed attempt means that another transaction got further, so a handful is plenty. */
const ATTEMPTS = 10;

/** serialization failure, deadlock, a person erased meanwhile (Postgres, appendix A) */
const REPEATABLE: readonly (string | undefined)[] = ['40001', '40P01', '23503'];

function mayRepeat(error: unknown): boolean {
  return (
    error instanceof IdentifierTaken ||
    error instanceof PersonErased ||
    REPEATABLE.includes((error as { code?: string }).code)
  );
}

/** One event inside somebody's transaction. What it throws may pass when the whole transaction is tried again. */
export async function acceptIn(trx: Transaction<Tables>, event: CanonicalEvent): Promise<void> {
  await write(trx, [event], [], NOTHING);
}

async function write(
  trx: Transaction<Tables>,
  events: readonly CanonicalEvent[],
  quarantined: readonly QuarantineRow[],
  { feedback, syncs, groups, passOver }: Beside,
): Promise<Accepted> {
  const kept = await writeQuarantine(trx, quarantined);
  const seen = await knownKeys(trx, events);
  const fresh = events.filter((event) => !seen.has(eventKey(event)) && seen.add(eventKey(event)));
  if (fresh.length === 0) {
    return { outcomes: events.map(() => 'duplicate'), conflicts: events.map(() => 0), kept, toRoute: false };
  }

  const identified = await identify(trx, fresh);
  const rows = fresh.map((event, n) => {
    const { person, notes: found } = identified[n]!;
    const notes = [...(event.notes ?? []), ...found];
    return { person, event: notes.length > 0 ? { ...event, notes } : event };
  });
  const told = await withSends(trx, rows, feedback);
  await tellConsents(trx, told.flatMap(consentIn));
  await tellMemberships(
    trx,
    told.flatMap((row) => membershipIn(row, groups)),
  );
  const passedOver = (await passOver?.(trx, told)) ?? new Set();
  const written = await writeInbox(trx, told, passedOver);
  for (const { person, event } of told) {
    if (event.erase === true && event.development !== true) await requestErasure(trx, [person], event.source);
  }
  if (syncs !== null) await putSyncs(trx, syncsIn(told, written, syncs));
  const conflicts = new Map(fresh.map((event, n) => [event, identified[n]!.conflicts]));
  return {
    outcomes: events.map((event) => (written.delete(eventKey(event)) ? 'accepted' : 'duplicate')),
    conflicts: events.map((event) => conflicts.get(event) ?? 0),
    kept,
    toRoute: told.some(({ person }) => !passedOver.has(person)),
  };
}

function syncsIn(told: readonly InboxEvent[], written: ReadonlySet<string>, syncs: SyncsOf): PersonSync[] {
  return told.flatMap(({ person, event }) =>
    written.has(eventKey(event)) ? syncs(event).map((write) => ({ ...write, person })) : [],
  );
}

/** A producer's test traffic changes nobody's consent. */
function consentIn({ person, event }: InboxEvent): ConsentTold[] {
  const { consent, contact, time: at, source: by, development } = event;
  return consent === undefined || development === true ? [] : [{ person, consent, contact, at, by }];
}

/** A group that the catalogue does not list has no id that flows could ask by. */
function membershipIn({ person, event }: InboxEvent, groups: Project['groups']): MembershipTold[] {
  const { name, data, time: at } = event;
  if ((name !== 'group_joined' && name !== 'group_left') || event.development === true) return [];
  const id =
    typeof data.group === 'string' && Object.hasOwn(groups ?? {}, data.group) ? groups![data.group] : undefined;
  return id === undefined ? [] : [{ person, group: id, member: name === 'group_joined', at }];
}
