import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptEvents } from '../../src/ingest/accept.ts';
import { quarantineRow } from '../../src/ingest/quarantine.ts';
import { PLAN, seedFlow, seedRun } from '../../src/operate/testing/seed.ts';
import type { WhyEvent } from '../../src/operate/why.ts';
import type { CanonicalEvent } from '../../src/plan/event.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { json } from '../../src/store/store.ts';
import type { Decision } from '../../src/store/tables/inbox.ts';
import { createSealer } from '../../src/system/seal.ts';
import { type TestStore, testStore } from '../support/store.ts';
import { flows, projectWith, type Ran } from './cli.ts';

let store: TestStore;
let run: (...args: string[]) => Promise<Ran>;
const project = projectWith({
  'mapp.yaml': `project: shop
sources:
  mparticle: { type: mparticle_firehose, secret: MP }
`,
});
beforeAll(async () => {
  store = await testStore();
  run = (...args) => flows(project.dir, args, { DATABASE_URL: store.url });
  await seedFlow(store);
  await publish({
    ...PLAN,
    flow: 'big-cart',
    hash: 'a'.repeat(16),
    on: [{ event: 'order', where: ['>', ['get', 'event', 'total'], 100], match: [] }],
  });
  await publish({
    ...PLAN,
    flow: 'other',
    hash: 'b'.repeat(16),
    on: [{ event: 'newsletter', where: null, match: [] }],
  });
});
afterAll(async () => {
  project.remove();
  await store.close();
});

async function publish(plan: Plan): Promise<void> {
  const { hash, flow, status } = plan;
  await store.db
    .insertInto('plans')
    .values({ hash, flow, plan: json(plan) })
    .execute();
  await store.db.insertInto('flows').values({ flow, hash, status, published_at: '2026-01-01T00:00:00Z' }).execute();
}

async function decided(email: string, id: string, decisions: readonly Decision[]): Promise<void> {
  const time = '2026-03-01T10:00:00.000Z';
  const event: CanonicalEvent = {
    name: 'order',
    id,
    dedupeKey: id,
    time,
    received: time,
    source: 'shop',
    data: { total: 5 },
    contact: { email },
  };
  await acceptEvents(store, [event]);
  await store.db
    .updateTable('inbox')
    .set({ state: 'decided', decided_at: '2026-03-01T10:00:02.000Z', decisions: json(decisions) })
    .where('dedupe_key', '=', id)
    .execute();
}

test('why: each flow with its reason, as recorded, and flows that the event is none of', async () => {
  const ada = await seedRun(store, {
    email: 'ada@example.com',
    entered: '2026-02-01T10:00:00.000Z',
    trail: [
      { seq: 0, at: '2026-03-01T10:00:03.000Z', step: 'wait_1', kind: 'wait_for', what: 'order', outcome: 'event' },
    ],
    closed: { outcome: 'exited', reason: 'bought', at: '2026-03-01T10:00:04.000Z' },
  });
  await store.db
    .insertInto('notices')
    .values({
      entry: ada.entry,
      n: 1,
      person: ada.person,
      kind: 'event',
      body: json({ event: { id: 'o-1' } }),
      state: 'done',
    })
    .execute();
  await decided('ada@example.com', 'o-1', [
    { flow: 'welcome', run: ada.run, what: 'notified' },
    { flow: 'big-cart', what: 'where' },
  ]);
  const ran = await run('why', 'email=ADA@example.com', 'o-1', '--json');
  expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: '' });
  const { events } = JSON.parse(ran.out) as { events: WhyEvent[] };
  expect(events).toMatchObject([
    {
      id: 'o-1',
      name: 'order',
      source: 'shop',
      decided: '2026-03-01T10:00:02.000Z',
      flows: [
        {
          flow: 'welcome',
          run: ada.run,
          what: 'notified',
          acted: true,
          why: 'the run was told of it; step wait_1 (wait_for) took it; the run ended 2026-03-01T10:00:04.000Z: exited, bought',
        },
        {
          flow: 'big-cart',
          what: 'where',
          acted: false,
          why: 'not started: its condition in `on` was false; event.total > 100; event.total was 5',
        },
        { flow: 'other', what: 'no_listener', acted: false, why: 'the flow is not started by "order"' },
      ],
    },
  ]);
  const text = await run('why', 'email=ada@example.com', 'o-1');
  expect(text.out).toContain('order  o-1  from shop');
  expect(text.out).toContain('  other ');
});

test('why: a flow that starts by the event, and was not asked', async () => {
  await decided('eve@example.com', 'u-1', [{ flow: '', what: 'unchanged' }]);
  await decided('eve@example.com', 'p-1', []);
  const bigCart = async (id: string) => {
    const { events } = JSON.parse((await run('why', 'email=eve@example.com', id, '--json')).out);
    return (events as WhyEvent[])[0]!.flows.find(({ flow }) => flow === 'big-cart')!.why;
  };
  expect(await bigCart('u-1')).toBe('the value was the same already');
  expect(await bigCart('p-1')).toContain('since it was published anew');
});

test('why: the condition of the version that decided, wherever the flow is now', async () => {
  const version = 'c'.repeat(16);
  const where = ['and', ['>', ['get', 'event', 'total'], 500], ['==', ['get', 'event', 'shop'], 'berlin']] as const;
  const on = [
    { event: 'order', where: null, match: [] },
    { event: 'order', where, match: [] },
  ];
  const plan = json({ ...PLAN, flow: 'big-cart', hash: version, on });
  await store.db.insertInto('plans').values({ hash: version, flow: 'big-cart', plan }).execute();
  const refused = (flow: string): Decision => ({ flow, what: 'where', where: { version, on: [1] } });
  await decided('dee@example.com', 'o-9', [refused('big-cart'), refused('gone')]);
  const { events } = JSON.parse((await run('why', 'email=dee@example.com', 'o-9', '--json')).out) as {
    events: WhyEvent[];
  };
  const why =
    "not started: its condition in `on` was false; event.total > 500 && event.shop == 'berlin'; event.total was 5, " +
    `event.shop was missing; in version ${version}`;
  expect(events[0]!.flows.slice(0, 2)).toMatchObject([
    { flow: 'big-cart', why },
    { flow: 'gone', why },
  ]);
});

test('why: an event that waits, and one that nobody knows', async () => {
  const time = new Date().toISOString();
  const event = { name: 'order', id: 'o-2', dedupeKey: 'o-2', time, received: time, source: 'shop', data: {} };
  await acceptEvents(store, [{ ...event, contact: { email: 'bob@example.com' } }]);
  expect((await run('why', 'email=bob@example.com', 'o-2')).out).toContain('not decided yet');
  expect(await run('why', 'email=bob@example.com', 'o-3')).toMatchObject({ code: 1, out: '' });
  expect((await run('why', 'email=nobody@example.com', 'o-2')).code).toBe(1);
  expect((await run('why', 'bob', 'o-2')).code).toBe(2);
  const wrong = await run('why', 'bob', 'o-2', '--json');
  expect({ code: wrong.code, out: JSON.parse(wrong.out) }).toEqual({
    code: 2,
    out: { error: { message: expect.stringContaining('"bob" names no contact'), remedy: null } },
  });
});

test('why: without an id, what came for the contact; a name in another spelling says so', async () => {
  const time = '2026-03-05T10:00:00.000Z';
  const came = (id: string, name: string): CanonicalEvent => {
    const contact = { email: 'fay@example.com' };
    return { name, id, dedupeKey: id, time, received: time, source: 'shop', data: {}, contact };
  };
  await acceptEvents(store, [came('f-1', 'News Letter'), came('f-2', 'visit')]);
  await store.db
    .updateTable('inbox')
    .set({ state: 'decided', decided_at: time, decisions: json([]) })
    .where('dedupe_key', '=', 'f-1')
    .execute();
  const listed = await run('why', 'email=fay@example.com', '--json');
  expect({ ...listed, out: JSON.parse(listed.out) }).toEqual({
    code: 0,
    err: '',
    out: {
      contact: { email: 'fay@example.com' },
      events: [
        { id: 'f-1', name: 'News Letter', source: 'shop', time, received: time, decided: time },
        { id: 'f-2', name: 'visit', source: 'shop', time, received: time, decided: null },
      ],
    },
  });
  expect((await run('why', 'email=fay@example.com')).out).toContain('2026-03-05 10:00:00  visit        shop    f-2\n');
  expect((await run('why', 'email=fay@example.com', 'f-3')).err).toContain('without an id lists what came');
  expect((await run('why', 'email=fay@example.com', 'f-1')).out).toContain(
    'other     the flow is not started by "News Letter"; it is started by "newsletter", and names count letter by letter\n',
  );
});

test('quarantine: list, retry, drop', async () => {
  const body = {
    type: 'event_processing_request',
    events: [{ type: 'custom_event', name: 'x', id: 'e', timestamp_ms: 1_700_000_000_000 }],
  };
  const address = { ...body, user_identities: [{ type: 'email', encoding: 'raw', value: 'q@example.com' }] };
  const sealer = createSealer([]);
  const row = (reason: string, of: object) =>
    quarantineRow(sealer, { source: 'mparticle', reason, body: JSON.stringify(of) });
  await acceptEvents(store, [], [row('unaddressable: no address', body), row('later: not yet', address)]);
  const listed = JSON.parse((await run('quarantine', 'list', '--json')).out) as { id: string; reason: string }[];
  expect(listed.map(({ reason }) => reason).sort()).toEqual(['later: not yet', 'unaddressable: no address']);
  expect(listed[0]).toEqual({
    id: expect.any(String),
    source: 'mparticle',
    received: expect.any(String),
    reason: expect.any(String),
    kept: true,
  });

  const tried = await run('quarantine', 'retry', '--reason', 'later', '--json');
  expect({ code: tried.code, answer: JSON.parse(tried.out) }).toMatchObject({
    code: 0,
    answer: [{ accepted: 1, kept: null }],
  });
  const again = await run('quarantine', 'retry', '--json');
  expect({ code: again.code, answer: JSON.parse(again.out) }).toMatchObject({ code: 1, answer: [{ accepted: 0 }] });
  expect((await run('quarantine', 'drop')).code).toBe(2);
  expect((await run('quarantine', 'list', '--source', 'mpartcle')).err).toContain('Did you mean "mparticle"?');
  const none = 'nothing in quarantine is of that source and reason\n';
  expect(await run('quarantine', 'list', '--source', 'mparticle', '--reason', 'x')).toMatchObject({
    code: 0,
    out: none,
  });
  expect((await run('quarantine', 'drop', '999999')).code).toBe(1);
  expect((await run('quarantine', 'erase')).code).toBe(2);
  expect((await run('quarantine', 'drop', '--all')).out).toBe('1 entry dropped\n');
  expect((await run('quarantine', 'list')).out).toBe('nothing is in quarantine\n');
});
