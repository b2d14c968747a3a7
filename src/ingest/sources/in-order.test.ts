import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, MPARTICLE, PROJECT, SHOP, type TestIngest, testIngest } from '../../../test/support/ingest.ts';

const START = Date.parse('2026-05-01T10:00:00Z');
const at = (second: number) => START + second * 1_000;
const iso = (second: number) => new Date(at(second)).toISOString();
const [OLD, NEW] = ['ada.old@example.com', 'ada@example.com'];

let ingest: TestIngest;
beforeEach(async () => {
  const vendor = (type: 'lytics' | 'mparticle_events' | 'segment') =>
    ({ type, secrets: ['T'], credential: 'token' }) as const;
  const sources = {
    shop: SHOP,
    mparticle: MPARTICLE,
    events: vendor('mparticle_events'),
    lytics: vendor('lytics'),
    segment: vendor('segment'),
  };
  const secrets = { shop: ['t'], mparticle: ['t'], events: ['t'], lytics: ['t'], segment: ['t'] };
  ingest = await testIngest({ project: { ...PROJECT, sources }, secrets });
});
afterEach(() => ingest.close());

/** Names of the events and whom they are about, as a router sees them. */
async function taken(path: string, body: object, scheme = 'Bearer'): Promise<string[]> {
  const response = await ingest.post(path, body, { authorization: `${scheme} t` });
  expect(response.ok).toBe(true);
  return (await inboxOf(ingest.store)).map(({ event }) => `${event.name} ${event.contact.email}`);
}
const kept = async () => (await ingest.store.db.selectFrom('quarantine').select('reason').execute()).length;

const custom = (name: string, second: number) => ({ type: 'custom_event', id: name, name, timestamp_ms: at(second) });
const identity = (value: string) => ({ type: 'email', encoding: 'raw', value });
const changed = (second: number, removed: string[], added: string[]) => ({
  ...{ type: 'user_identity_change', id: 'change', timestamp_ms: at(second) },
  ...{ removed: removed.map(identity), added: added.map(identity) },
});
const message = (users: string[], events: object[]) => ({
  ...{ type: 'event_processing_request', id: 'm', timestamp_ms: at(60), mpid: '7' },
  ...{ user_identities: users.map(identity), events },
});

test('a Firehose message: its events in the order in which they happened, on both sides of an identity change', async () => {
  const events = [custom('c', 3), changed(2, [OLD], [NEW]), custom('d', 3), custom('a', 1)];
  expect(await taken('/v1/sources/mparticle', message([NEW], events), 'Token')).toEqual([
    `a ${OLD}`,
    `mp_user_identity_change ${NEW}`,
    `c ${NEW}`,
    `d ${NEW}`,
  ]);
});

test('a batch of the Events API: of one moment by their number', async () => {
  const event = (event_name: string, second: number, event_num?: number) => ({
    event_type: 'custom_event',
    data: { event_name, source_message_id: event_name, timestamp_unixtime_ms: at(second), event_num },
  });
  const events = [event('d', 2), event('c', 2, 3), event('b', 2, 1), event('a', 1, 4)];
  const body = { user_identities: { email: NEW }, events };
  expect(await taken('/v1/sources/events', body)).toEqual([`a ${NEW}`, `b ${NEW}`, `c ${NEW}`, `d ${NEW}`]);
});

test('a batch of Segment: of one user, whoever else is among them', async () => {
  const track = (event: string, second: number, email: string) => ({
    ...{ type: 'track', event, messageId: event, userId: email, timestamp: iso(second) },
    context: { traits: { email } },
  });
  const batch = [track('b', 3, NEW), track('x', 1, 'bob@example.com'), track('a', 2, NEW)];
  expect(await taken('/v1/sources/segment', { batch })).toEqual([`a ${NEW}`, 'x bob@example.com', `b ${NEW}`]);
});

test('audiences of one delivery, and an array of the own API', async () => {
  const segment_events = [
    { event: 'exit', slug: 'vips', exit: iso(2) },
    { event: 'enter', slug: 'vips', enter: iso(1) },
  ];
  await taken('/v1/sources/lytics', { id: '1', data: { email: NEW, segment_events }, meta: { timestamp: iso(3) } });
  const contact = { email: NEW };
  const events = [
    { event: 'now' },
    { event: 'late', time: iso(5) },
    { event: 'early', time: iso(4) },
    { event: 'too' },
  ];
  expect(
    await taken(
      '/v1/events',
      events.map((one) => ({ ...one, contact })),
    ),
  ).toEqual(['audience_entered', 'audience_exited', 'early', 'late', 'now', 'too'].map((name) => `${name} ${NEW}`));
});

test('whose last identifier was taken away is named by what was taken', async () => {
  await taken('/v1/sources/mparticle', message([OLD], [custom('a', 1)]), 'Token');
  const removal = { ...message([], [custom('b', 2), changed(3, [OLD], []), custom('c', 4)]), id: 'm2' };
  expect(await taken('/v1/sources/mparticle', removal, 'Token')).toEqual([
    `a ${OLD}`,
    `mp_user_identity_change ${OLD}`,
  ]);
  expect(await kept()).toBe(2);
  const persons = await ingest.store.db.selectFrom('inbox').select('person').distinct().execute();
  expect(persons).toHaveLength(1);
  const email = ingest.store.db.selectFrom('identifiers').select('former').where('kind', '=', 'email');
  expect(await email.execute()).toEqual([{ former: true }]);
});
