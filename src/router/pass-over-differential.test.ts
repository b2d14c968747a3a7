/** The same flows and events for a store whose ingest decides what concerns nobody, and for one where a router looks at everything. */
import { afterEach, expect, test } from 'vitest';
import { exitOn, plan } from '../../test/support/router/fixtures.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import { pick, random as randomOf } from '../ingest/testing/mutations.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Expr } from '../plan/expression.ts';
import type { Plan } from '../plan/plan.ts';
import { claim, release } from './claim.ts';
import { decide } from './decide.ts';
import { createPassOver } from './pass-over.ts';
import { publish } from './publish.ts';
import { PublishedFlows } from './published-flows.ts';

const ROUNDS = 40;
const NAMES = ['viewed', 'signup', 'order', 'bought', 'attribute_changed', 'group_joined', 'purchase', 'manual'];
const REENTRY = ['once', 'after_exit', 'always', 'restart'] as const;

let stores: TestStore[] = [];
afterEach(() => Promise.all(stores.map((store) => store.close())));

const on = (event: string, where: Expr | null = null) => ({ event, where, match: [] });

function flows(next: () => number): Plan[] {
  const often: Expr = ['>', ['count', 'viewed', ['call', 'ago', '30 days']], 1];
  return Array.from({ length: Math.floor(next() * 3) }, (_, n) => {
    const [exit, goal] = [pick(NAMES, next), pick(NAMES, next)];
    return plan({
      flow: `flow-${n}`,
      status: next() < 0.8 ? 'active' : 'paused',
      on: [on(pick(NAMES, next), next() < 0.3 ? often : null), on(pick(NAMES, next))],
      reentry: { mode: pick(REENTRY, next) },
      exit_on: next() < 0.5 ? [exitOn(exit)] : [],
      listens: next() < 0.5 ? [exit, goal] : [exit],
      goals: next() < 0.5 ? [{ ...on(goal), name: 'won', within: { months: 0, days: 1, ms: 0 } }] : [],
    });
  });
}

function request(next: () => number, round: number): CanonicalEvent[] {
  return Array.from({ length: 1 + Math.floor(next() * 3) }, (_, n) => {
    const id = next() < 0.1 ? `${round - 1}/0` : `${round}/${n}`;
    const [name, who] = [pick(NAMES, next), Math.floor(next() * 6)];
    const received = new Date().toISOString();
    const contact = { email: `p${who}@x.example` };
    const change = next() < 0.1 ? { from: contact, to: { email: `p${who + 1}@x.example` } } : null;
    return {
      ...{ name, id, dedupeKey: id, source: 'shop', contact: change?.to ?? contact },
      ...{ received, time: next() < 0.1 ? '2020-01-01T00:00:00.000Z' : received },
      data: { name: 'Tier', to: pick(['gold', 'silver'], next) },
      ...(change !== null && { identityChange: change }),
      ...(next() < 0.1 && { development: true }),
      ...(next() < 0.1 && { replay: true }),
      ...(next() < 0.1 && { timezone: pick(['Europe/Lisbon', 'Mars'], next) }),
      ...(next() < 0.1 && { profile: { set: { Visits: Math.floor(next() * 3) }, unset: [] } }),
      ...(name === 'manual' && next() < 0.7 && { flow: 'flow-0' }),
    };
  });
}

/** A router's turns until nobody is ready, with runs that go on and stay when asked. */
async function route(store: TestStore): Promise<void> {
  for (;;) {
    const [lease] = await claim(store, 'test', 1, false);
    if (lease === undefined) return;
    const verified = new Map<string, number>();
    for (let complete = false; !complete; ) {
      const decided = await decide(store, new PublishedFlows(), lease, verified, 1);
      await store.db.updateTable('notices').set({ state: 'done' }).where('state', '=', 'due').execute();
      await store.db.updateTable('entries').set({ state: 'open' }).where('state', '=', 'starting').execute();
      for (const run of decided.verify) verified.set(run.id, run.sent_n);
      complete = decided.complete;
    }
    await release(store, lease);
  }
}

/** Everything that came of it, as text in which persons and runs have numbers instead of ids, in the order in which they came. */
async function outcome({ db }: TestStore): Promise<string> {
  const ofEntries = ['entries.inbox', 'workflow_id'] as const;
  const found = [
    await db
      .selectFrom('inbox')
      .innerJoin('persons', 'persons.id', 'person')
      .select(['inbox.id', 'dedupe_key', 'state', 'decisions'])
      .select((eb) => eb.fn.coalesce('merged_into', 'person').as('person'))
      .orderBy('inbox.id')
      .execute(),
    await db
      .selectFrom('identifiers')
      .innerJoin('persons', 'persons.id', 'person')
      .select(['value', 'person', 'former', 'attributes', 'timezone', 'merged_into'])
      .orderBy('value')
      .execute(),
    await db
      .selectFrom('entries')
      .select(ofEntries)
      .select(['event', 'state', 'sent_n'])
      .orderBy('entries.inbox')
      .orderBy('workflow_id')
      .execute(),
    await db
      .selectFrom('notices')
      .innerJoin('entries', 'entries.id', 'entry')
      .select(ofEntries)
      .select(['n', 'kind', 'notices.state'])
      .orderBy('entries.inbox')
      .orderBy('workflow_id')
      .orderBy('n')
      .execute(),
    await db
      .selectFrom('goals')
      .innerJoin('entries', 'entries.id', 'entry')
      .select(ofEntries)
      .select(['name', 'goals.inbox as counted'])
      .orderBy('entries.inbox')
      .orderBy('workflow_id')
      .execute(),
  ];
  const ids: string[] = [];
  return JSON.stringify(found, null, 1).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => {
    if (!ids.includes(id)) ids.push(id);
    return `#${ids.indexOf(id)}`;
  });
}

test.each([1, 2, 3])('seed %i', async (seed) => {
  const next = randomOf(seed);
  const passOver = createPassOver();
  stores = await Promise.all([testStore(), testStore()]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const [plans, events, routes] = [next() < 0.15 ? flows(next) : null, request(next, round), next() < 0.6];
    const ends = next() < 0.2;
    for (const [n, store] of stores.entries()) {
      // What waits for a router becomes the business of whoever its person is merged into, what is decided does not.
      if (plans !== null || events.some(({ identityChange }) => identityChange !== undefined)) await route(store);
      if (plans !== null) await publish(store, plans);
      await acceptEvents(store, events, [], {
        feedback: null,
        syncs: null,
        groups: null,
        ...(n === 0 && { passOver }),
      });
      if (routes || ends) await route(store);
      if (ends) await store.db.updateTable('entries').set({ state: 'closed' }).execute();
    }
  }
  for (const store of stores) await route(store);
  const [passing, looking] = await Promise.all(stores.map(outcome));
  expect(passing).toEqual(looking);
});
