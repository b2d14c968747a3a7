import type { Transaction } from 'kysely';
import type { JsonObject } from '../plan/json.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { outcomesAtRest, type Run } from './at-rest.ts';
import { OWN_WRITES } from './own-writes.ts';
import { query, queryIn, type Statement } from './statement.ts';
import { storableText } from './storable.ts';

/** How a call ended. `reason` is null only with `accepted`. */
export interface Settlement {
  readonly key: string;
  readonly outcome: 'accepted' | 'rejected' | 'unknown';
  readonly reason: string | null;
  /** what it brought back */
  readonly answer?: JsonObject;
}

/** An effect thought unknown of which its owner has learned the outcome after all. */
export interface LateEvidence {
  readonly key: string;
  readonly entry: string;
  readonly outcome: 'accepted' | 'rejected';
  /** only with `rejected` */
  readonly reason?: string;
}

type LateSettlement = Settlement & { readonly outcome: 'accepted' | 'rejected' };

/** Called in the transaction that writes the evidence: decides the notice that wakes the run. */
export type OnLateEvidence = (trx: Transaction<Tables>, row: LateEvidence) => Promise<unknown>;

/** `sending` → `accepted`, `rejected`, `unknown`, by the owner. */
const SETTLE: Statement = {
  name: 'delivery-settle',
  text: `
  with settled as (
    update deliveries d set state = s.outcome, reason = s.reason, answer = s.answer, lease_until = null, at = now()
    from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) as s(key, outcome, reason, answer)
    where d.key = s.key and d.owner = $5 and d.state = 'sending'
    returning d.key, d.entry, d.flow, d.state, d.person, d.operation),
  won as (
    select key, entry, flow, person, operation, now() as written_at, true as latest from settled where state = 'accepted'),
  ${OWN_WRITES}
  select key from settled`,
};

/** Of a row of which nobody has decided yet: its own writes count from when it was made, so that newer ones stand. */
function settledLate(name: string, values: string, open: string): Statement {
  return {
    name,
    text: `
  with settled as (
    update deliveries d set ${values}, at = now()
    where d.key = $1 and d.resolution is null and (${open})
    returning d.key, d.entry, d.flow, d.state, d.person, d.operation, d.created_at),
  won as (
    select key, entry, flow, person, operation, created_at as written_at, false as latest from settled where state = 'accepted'),
  ${OWN_WRITES}
  select entry from settled`,
  };
}

/** `unknown` → `accepted`, `rejected`, by the owner. */
const SETTLE_LATE = settledLate(
  'delivery-settle-late',
  'state = $2, reason = $3, answer = $5',
  `d.owner = $4 and d.state = 'unknown'`,
);

/** `unknown`, `sending` with its lease over → `accepted`, `rejected`: feedback of Mapp. */
const SETTLE_BY_EVIDENCE = settledLate(
  'delivery-settle-by-evidence',
  'state = $2, reason = $3, lease_until = null',
  `d.state = 'unknown' or (d.state = 'sending' and d.lease_until < now())`,
);

/** `unknown` → `accepted`: the message stands in the contact's history. Nobody waits for a notice: the run asks. */
const FOUND = settledLate('delivery-found', `state = 'accepted', reason = null`, `d.state = 'unknown'`);

/** `sending` → –: proven not to have been taken, or never called. */
const GIVE_BACK: Statement = {
  name: 'delivery-give-back',
  text: `delete from deliveries where key = any($1::text[]) and owner = $2 and state = 'sending'`,
};

/** `sending` with its lease over → `unknown`, by whoever meets it. For effects that must not be repeated. */
const EXPIRE: Statement = {
  name: 'delivery-expire',
  text: `
  update deliveries set state = 'unknown', reason = 'worker_lost', at = now()
  where key = any($1::text[]) and state = 'sending' and lease_until < now()`,
};

/** Answers for each whether its row was still `sending` and ours. */
export async function settle(store: Store, owner: string, settlements: readonly Settlement[]): Promise<boolean[]> {
  const run: Run = (statement, values) => query(store, statement, values);
  const atRest = await outcomesAtRest(store.db, run, settlements);
  const rows = await run<{ key: string }>(SETTLE, [
    settlements.map(({ key }) => key),
    settlements.map(({ outcome }) => outcome),
    atRest.map(({ reason }) => reason),
    atRest.map(({ answer }) => answer),
    owner,
  ]);
  const settled = new Set(rows.map(({ key }) => key));
  return settlements.map(({ key }) => settled.has(key));
}

/** Answers whether the row was still open to evidence. Its own writes and the run's notice share the transaction. */
export function settleLate(
  store: Store,
  owner: string,
  settlement: LateSettlement,
  onLateEvidence: OnLateEvidence,
): Promise<boolean> {
  return store.db.transaction().execute((trx) => settleIn(trx, SETTLE_LATE, settlement, owner, onLateEvidence));
}

/** The same for what feedback says, in the transaction that accepts it. */
export function settleByEvidence(
  trx: Transaction<Tables>,
  settlement: LateSettlement,
  onLateEvidence: OnLateEvidence,
): Promise<boolean> {
  return settleIn(trx, SETTLE_BY_EVIDENCE, settlement, null, onLateEvidence);
}

async function settleIn(
  trx: Transaction<Tables>,
  statement: Statement,
  settlement: LateSettlement,
  owner: string | null,
  onLateEvidence: OnLateEvidence,
): Promise<boolean> {
  const run: Run = (one, values) => queryIn(trx, one, values);
  const { key, outcome, reason } = settlement;
  const [atRest] = await outcomesAtRest(trx, run, [settlement]);
  const more = owner === null ? [] : [owner, atRest!.answer];
  const [row] = await run<{ entry: string }>(statement, [key, outcome, atRest!.reason, ...more]);
  if (row === undefined) return false;
  await onLateEvidence(trx, {
    key,
    entry: row.entry,
    outcome,
    ...(reason !== null && { reason: storableText(reason) }),
  });
  return true;
}

/** Answers false where somebody else has decided, or late evidence has come. */
export async function found(store: Store, key: string): Promise<boolean> {
  return (await query(store, FOUND, [key])).length > 0;
}

export async function giveBack(store: Store, owner: string, keys: readonly string[]): Promise<void> {
  await query(store, GIVE_BACK, [[...keys], owner]);
}

export async function expire(store: Store, keys: readonly string[]): Promise<void> {
  await query(store, EXPIRE, [[...keys]]);
}

/** `unknown` and `rejected`, undecided: what the step's settings say of it stands as an operator's word would. */
const DECIDE: Statement = {
  name: 'delivery-decide',
  text: `
  update deliveries set resolution = $3, at = now()
  where key = $1 and state = $2 and resolution is null
  returning key`,
};

/** Answers false where somebody else has decided, or late evidence has come. */
export async function decide(
  store: Store,
  key: string,
  state: 'unknown' | 'rejected',
  resolution: 'resend' | 'skip',
): Promise<boolean> {
  return (await query(store, DECIDE, [key, state, resolution])).length > 0;
}

/** `expire` inside somebody's transaction. */
export async function expireIn(trx: Transaction<Tables>, key: string): Promise<void> {
  await queryIn(trx, EXPIRE, [[key]]);
}
