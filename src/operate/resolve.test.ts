import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import type { RunPosition } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { resolveStep, resolveSteps, stuckSteps } from './resolve.ts';
import { PLAN, seedDelivery, seedFlow, seedRun } from './testing/seed.ts';

const AWAY = async () => null;
let store: Store;
beforeEach(async () => {
  store = await testStore();
  await seedFlow(store);
});
afterEach(() => store.close());

const PARKED: RunPosition = {
  status: 'parked',
  step: 'wait_1',
  kind: 'wait',
  since: '2026-03-01T10:00:00.000Z',
  next: null,
  reason: 'no moment',
};

function seed(email: string, position?: RunPosition) {
  return seedRun(store, { email, entered: '2026-03-01T10:00:00.000Z', position });
}

test('an unknown send is resolved in the ledger and told to the run, once', async () => {
  const run = await seed('ada@example.com');
  const key = await seedDelivery(store, run, { step: 'mail', state: 'unknown', reason: 'timeout' });
  const [stuck] = await stuckSteps(store, AWAY, { run: run.run });
  expect(stuck).toEqual({
    run: run.run,
    flow: 'welcome',
    step: 'mail',
    key,
    state: 'unknown',
    reason: 'timeout',
    entry: run.entry,
  });
  expect(await resolveStep(store, stuck!, 'sent')).toBeNull();
  expect(await stuckSteps(store, AWAY, {})).toEqual([]);
  const row = await store.db.selectFrom('deliveries').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
  expect(row).toMatchObject({ state: 'accepted', resolution: 'sent' });

  expect(await resolveStep(store, stuck!, 'skip')).toBe('it was resolved as "sent" before');
  const notices = await store.db.selectFrom('notices').select(['n', 'kind', 'body', 'state']).execute();
  expect(notices).toEqual([{ n: 1, kind: 'resolve', body: { step: 'mail', as: 'sent' }, state: 'due' }]);
});

test('what is stuck: refused, unknown and orphaned sends, and steps that stopped without an effect', async () => {
  const refused = await seed('a@example.com');
  await seedDelivery(store, refused, { step: 'mail', state: 'rejected', reason: '400' });
  const orphaned = await seed('b@example.com');
  await seedDelivery(store, orphaned, { step: 'mail', state: 'sending', leaseUntil: '2026-03-01T10:00:30Z' });
  const waiting = await seed('c@example.com', PARKED);
  const again = await seed('d@example.com');
  await seedDelivery(store, again, { step: 'mail', state: 'unknown' });
  await seedDelivery(store, again, { step: 'mail', state: 'accepted', generation: 2 });
  const closed = await seedRun(store, {
    email: 'e@example.com',
    entered: '2026-03-01T10:00:00.000Z',
    closed: { outcome: 'exited', reason: 'bought', at: '2026-03-02T10:00:00Z' },
  });
  await seedDelivery(store, closed, { step: 'mail', state: 'unknown' });

  const found = async (filter: Parameters<typeof stuckSteps>[2]) =>
    new Map((await stuckSteps(store, AWAY, filter)).map((one) => [one.run, one.state]));
  expect(await found({})).toEqual(
    new Map([
      [refused.run, 'rejected'],
      [orphaned.run, 'unknown'],
      [waiting.run, 'parked'],
    ]),
  );
  expect(await found({ state: 'parked' })).toHaveProperty('size', 3);
  expect(await found({ state: 'unknown' })).toEqual(new Map([[orphaned.run, 'unknown']]));
  expect(await found({ step: 'wait_1' })).toEqual(new Map([[waiting.run, 'parked']]));
  expect(await found({ flow: 'other' })).toEqual(new Map());

  for (const one of await stuckSteps(store, AWAY, {})) expect(await resolveStep(store, one, 'resend')).toBeNull();
  const decided = await store.db.selectFrom('notices').select(['entry', 'kind', 'body']).execute();
  expect(new Set(decided.map((notice) => notice.entry))).toEqual(
    new Set([refused.entry, orphaned.entry, waiting.entry]),
  );
});

test('hundreds at once: each is decided once, and whoever was decided meanwhile is refused', async () => {
  const run = await seed('many@example.com');
  await sql`
    insert into persons (id) select gen_random_uuid() from generate_series(1, 500)`.execute(store.db);
  await sql`
    insert into entries (id, flow, person, key, ordinal, workflow_id, hash, mode, state, listens, event, entered_at)
    select gen_random_uuid(), 'welcome', id, '', 1, 'welcome/' || id || '/1', ${PLAN.hash}, 'after_exit', 'open', '{}', '{}', now()
    from persons where id <> ${run.person}::uuid`.execute(store.db);
  await sql`
    insert into deliveries (key, entry, person, flow, step, visit, generation, kind, target, operation, state, reason)
    select e.id || '/mail/1/1', e.id, e.person, 'welcome', 'mail', 1, 1, 'send_email', 'hello', '{"type":"send"}', 'unknown', 'timeout'
    from entries e where e.id <> ${run.entry}::uuid`.execute(store.db);
  const stuck = await stuckSteps(store, AWAY, { flow: 'welcome' });
  expect(stuck).toHaveLength(500);
  await resolveStep(store, stuck[0]!, 'skip');
  const counts: number[] = [];
  const results = await resolveSteps(store, stuck, 'sent', (done) => counts.push(done));
  expect(counts.at(-1)).toBe(500);
  expect(results.filter(({ refusal }) => refusal !== null)).toEqual([
    { one: stuck[0], refusal: 'it was resolved as "skip" before' },
  ]);
  expect(await stuckSteps(store, AWAY, {})).toEqual([]);
  const { count } = await store.db
    .selectFrom('notices')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(500);
});
