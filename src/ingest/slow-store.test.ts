/** A store that is slow, or whose connections break: no request waits for ever, and each event is counted once. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrokenStore, brokenStore } from '../../test/support/broken-store.ts';
import { until } from '../../test/support/delivery.ts';
import { inboxOf } from '../../test/support/ingest.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { createAcceptor } from './acceptor.ts';
import { mayBeStored, StoreSlow } from './store-away.ts';

let world: BrokenStore;
beforeAll(async () => {
  world = await brokenStore();
});
afterAll(() => world?.close());

const event = (id: string): CanonicalEvent => ({
  source: 'shop',
  name: 'signup',
  id,
  dedupeKey: id,
  time: '2026-11-22T10:00:00.000Z',
  received: '2026-11-22T10:00:00.000Z',
  contact: { email: `${id}@example.com` },
  data: {},
});
const stored = async (prefix: string) =>
  (await inboxOf(world.direct)).map((row) => row.event.id).filter((id) => id?.startsWith(prefix));
const AUTH = { authorization: 'Bearer s3cret' };

test('while the store hangs requests end after a while, and what was not begun never is', async () => {
  const { blocker, direct } = world;
  const own = direct.apart(2);
  const patient = createAcceptor(own, undefined, 60_000);
  const hasty = createAcceptor(own, undefined, 50);
  await blocker.query('begin; lock table inbox in access exclusive mode');
  const begun = patient.accept([event('hang-0')], []);
  const told: string[] = [];
  const fates = await Promise.allSettled(
    ['hang-1', 'hang-2', 'hang-3'].map((id) =>
      hasty.accept([event(id)], [], ({ outcomes }) => told.push(`${id} ${outcomes}`)),
    ),
  );
  expect(fates.map((fate) => fate.status === 'rejected' && (fate.reason as StoreSlow).begun)).toEqual([
    true,
    true,
    false,
  ]);
  await blocker.query('commit');
  expect((await begun).outcomes).toEqual(['accepted']);
  // What was under way comes to its end; whoever counts hears of it though nobody was answered.
  await until(async () => told.length === 2);
  expect(told.sort()).toEqual(['hang-1 accepted', 'hang-2 accepted']);
  expect((await stored('hang')).sort()).toEqual(['hang-0', 'hang-1', 'hang-2']);
  // A producer that repeats it is told so.
  expect((await patient.accept([event('hang-1')], [])).outcomes).toEqual(['duplicate']);
  expect((await patient.accept([event('hang-3')], [])).outcomes).toEqual(['accepted']);
  await own.close();
});

test.each(['before', 'after'] as const)(
  'the connection breaks %s the commit: the event is counted once',
  async (when) => {
    const { ingest, line } = world;
    const id = `broken-${when}`;
    const body = { event: 'signup', id, contact: { email: `${id}@example.com` } };
    const broken = line.breakAt('commit', when);
    const answer = await ingest.post('/v1/events', body, AUTH);
    await broken;
    // The ingest asks the store itself what became of it.
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await stored(id)).toEqual([id]);
    expect(await (await ingest.post('/v1/events', body, AUTH)).json()).toMatchObject({ accepted: 0, duplicates: 1 });
  },
);

test('whose events have no id is not counted twice either', async () => {
  const { ingest, line, direct } = world;
  const body = { event: 'visit', contact: { email: 'nobody-knows@example.com' } };
  const broken = line.breakAt('commit', 'after');
  expect((await ingest.post('/v1/events', body, AUTH)).status).toBe(202);
  await broken;
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from inbox where event->>'name' = 'visit'`.execute(direct.db);
  expect(rows[0]!.n).toBe(1);
});

test('readiness answers while the store is silent', async () => {
  const { ingest, line } = world;
  line.silence();
  const ready = await fetch(`${ingest.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ detail: 'the store does not answer within 2 s' });
  expect((await fetch(`${ingest.url}/healthz`)).status).toBe(200);
});

test.each([
  [{ code: 'ECONNREFUSED' }, false],
  [{ code: 'ECONNRESET' }, true],
  [{ code: 'EPIPE' }, true],
  [{ code: '53100', message: 'could not extend file: No space left on device' }, false],
  [{ code: '25006', message: 'cannot execute INSERT in a read-only transaction' }, false],
  [{ code: '57P01', message: 'terminating connection due to administrator command' }, true],
  [{ code: '57P03', message: 'the database system is starting up' }, false],
  [{ message: 'timeout exceeded when trying to connect' }, false],
  [{ message: 'Connection terminated unexpectedly' }, true],
  [new StoreSlow(false, 1), false],
  [new StoreSlow(true, 1), true],
])('%o may be stored all the same: %s', (error, expected) => {
  expect(mayBeStored(error)).toBe(expected);
});
