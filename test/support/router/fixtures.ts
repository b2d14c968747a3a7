import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { CanonicalEvent } from '../../../src/plan/event.ts';
import { PLAN_FORMAT, type Plan } from '../../../src/plan/plan.ts';
import type { Verified } from '../../../src/router/admission.ts';
import { claim, type Lease } from '../../../src/router/claim.ts';
import { decide } from '../../../src/router/decide.ts';
import { PublishedFlows } from '../../../src/router/published-flows.ts';
import { vaultOf } from '../../../src/store/crypto/vault.ts';
import { json, type Store } from '../../../src/store/store.ts';
import type { Decision } from '../../../src/store/tables/inbox.ts';

/** A flow without steps that starts by `signup`. */
export function plan(parts: Partial<Plan> = {}): Plan {
  const flow = parts.flow ?? 'welcome';
  const made = {
    format: PLAN_FORMAT,
    flow,
    description: null,
    status: 'active',
    timezone: 'Europe/Berlin',
    project_timezone: 'Europe/Berlin',
    on: [{ event: 'signup', where: null, match: [] }],
    key: null,
    reentry: { mode: 'after_exit' },
    exit_on: [],
    max_event_age: 86_400_000,
    listens: [],
    first: null,
    steps: {},
    groups: {},
    ...parts,
  } as const;
  return { ...made, hash: parts.hash ?? hashOf(made) };
}

function hashOf({ flow, ...rest }: object & { flow: string }): string {
  let sum = 7;
  for (const character of json({ flow, ...rest, status: null })) sum = (sum * 31 + character.charCodeAt(0)) % 2 ** 48;
  return sum.toString(16).padStart(16, '0');
}

export const exitOn = (event: string) => ({ event, where: null, match: [], reason: event });

/** Somebody with these identifiers, as ingest leaves them. */
export async function person(store: Store, identifiers: { readonly [kind: string]: string } = {}): Promise<string> {
  const id = randomUUID();
  const vault = vaultOf(store.db);
  await store.db.insertInto('persons').values({ id }).execute();
  for (const [kind, text] of Object.entries(identifiers)) {
    const value = vault?.lookup(kind, text) ?? text;
    const [display = text] = (await vault?.seal([{ person: id, text }])) ?? [];
    await store.db.insertInto('identifiers').values({ kind, value, display, person: id }).execute();
  }
  return id;
}

/** Puts an event into the inbox and makes the person ready, as ingest does. Answers the inbox id. */
export async function arrive(
  store: Store,
  id: string,
  name: string,
  parts: Partial<CanonicalEvent> = {},
): Promise<string> {
  const received = parts.received ?? new Date().toISOString();
  const event: CanonicalEvent = {
    name,
    id: randomUUID(),
    time: received,
    received,
    source: 'shop',
    data: {},
    contact: {},
    dedupeKey: randomUUID(),
    ...parts,
  };
  return store.db.transaction().execute(async (trx) => {
    const row = await trx
      .insertInto('inbox')
      .values({
        source: event.source,
        dedupe_key: event.dedupeKey,
        person: id,
        name,
        event: json(event),
        occurred_at: event.time,
        received_at: event.received,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await sql`update persons set wake = wake + 1, ready_at = least(ready_at, now()) where id = ${id}`.execute(trx);
    return row.id;
  });
}

export async function decisions(store: Store, inbox: string): Promise<readonly Decision[] | null> {
  const row = await store.db.selectFrom('inbox').select('decisions').where('id', '=', inbox).executeTakeFirstOrThrow();
  return row.decisions ?? null;
}

/** What was decided, in a word per flow or run; null: not yet. */
export async function verdicts(store: Store, inbox: string): Promise<string | null> {
  const made = await decisions(store, inbox);
  return made === null
    ? null
    : made.map(({ flow, what, detail }) => [flow, what, ...(what === 'status' ? [detail] : [])].join(' ')).join(', ');
}

/** Claims the one person that is ready. */
export async function claimOne(store: Store, owner = `test/${randomUUID()}`): Promise<Lease> {
  const leases = await claim(store, owner, 10, false);
  if (leases.length !== 1) throw new Error(`expected one ready person, found ${leases.length}`);
  return leases[0]!;
}

/** As if every lease had run out. */
export async function endLeases(store: Store): Promise<void> {
  await sql`update persons set lease_until = now() - interval '1 second' where lease_until is not null`.execute(
    store.db,
  );
}

/** As if every back-off had passed. */
export async function endBackOffs(store: Store): Promise<void> {
  await sql`update persons set ready_at = now() where ready_at is not null`.execute(store.db);
}

/** Claims the person, decides as far as it goes without Temporal, and keeps the claim. */
export async function decideOnce(store: Store, verified: Verified = new Map()) {
  const lease = await claimOne(store);
  const decided = await decide(store, new PublishedFlows(), lease, verified, 1);
  return { lease, ...decided };
}

/** Gives the person back ready, so that the next `decideOnce` finds them. */
export async function again(store: Store, { lease }: { readonly lease: Lease }): Promise<void> {
  await sql`update persons set owner = null, lease_until = null where id = ${lease.person}`.execute(store.db);
}

export function entries(store: Store, flow = 'welcome') {
  return store.db.selectFrom('entries').selectAll().where('flow', '=', flow).orderBy('ordinal').execute();
}

export function notices(store: Store) {
  return store.db
    .selectFrom('notices')
    .innerJoin('entries', 'entries.id', 'notices.entry')
    .select(['workflow_id', 'n', 'kind', 'notices.state', 'body', 'notices.inbox'])
    .orderBy('workflow_id')
    .orderBy('n')
    .execute();
}
