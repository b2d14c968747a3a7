import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';

const sample = (name: string) => readFileSync(new URL(`./samples/mparticle/${name}.json`, import.meta.url), 'utf8');
/** Fields put over a sample's text, whose numbers a parser would round. */
const change = (name: string, fields: object) => sample(name).replace('{', `{${JSON.stringify(fields).slice(1, -1)},`);

let ingest: TestIngest;
beforeEach(async () => {
  const source = { type: 'mparticle_events', secrets: ['MP_EVENTS'], credential: 'token' } as const;
  ingest = await testIngest({ project: { ...PROJECT, sources: { mp: source } }, secrets: { mp: ['new', 'old'] } });
});
afterEach(() => ingest.close());

const post = (body: string | object, token = 'new') =>
  ingest.post('/v1/sources/mp', body, { authorization: `Bearer ${token}` });
const events = async () => (await inboxOf(ingest.store)).map((row) => row.event);
const quarantine = () => ingest.store.db.selectFrom('quarantine').selectAll().orderBy('id').execute();

test.each(['webhook-events-batch', 'events-api-inbound-batch'])('%s: each event is one of ours', async (name) => {
  const response = await post(sample(name));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ accepted: 6, duplicates: 0, ignored: 0, quarantined: [] });
  expect(await (await post(sample(name), 'old')).json()).toMatchObject({ accepted: 0, duplicates: 6 });
  const [start, custom, purchase, attribute, identity, end] = await events();
  expect(start).toMatchObject({ name: 'mp_session_start', data: { session_id: '6051321688317951794' } });
  expect(custom).toMatchObject({
    name: 'Checkout Abandoned',
    id: 'a41b3d0a-6f5c-4a59-8a3b-0a6f1f7c2e11',
    time: '2026-05-01T10:00:21.034Z',
    contact: { email: 'mara.old@example.com', external_id: 'NL-0048213', mobile: '+447700900123' },
    aliases: [{ type: 'mpid', value: '-7636538281262557221' }],
    profile: { set: { firstname: 'Mara', favourite_categories: ['tents', 'stoves'], loyalty_tier: 'gold' } },
    data: { cart_value: '189.90', $event: { custom_event_type: 'transaction' }, $flags: { 'Mapp.Priority': 'high' } },
  });
  expect(purchase).toMatchObject({
    name: 'purchase',
    data: {
      order_id: 'ORD-2026-004411',
      total: 189.9,
      currency: 'EUR',
      items: [{ id: 'SKU-TENT-2P' }, { id: 'SKU-STOVE-1' }],
      payment_method: 'invoice',
    },
  });
  expect(attribute).toMatchObject({ name: 'mp_user_attribute_change', profile: { set: { loyalty_tier: 'gold' } } });
  expect(identity).toMatchObject({
    name: 'mp_user_identity_change',
    identityChange: { from: { email: 'mara.old@example.com' }, to: { email: 'Mara.Lindqvist@example.com' } },
    contact: { email: 'Mara.Lindqvist@example.com' },
  });
  expect(end).toMatchObject({ name: 'mp_session_end', data: { session_length_ms: 60000 } });
  expect(await quarantine()).toEqual([]);
});

test('a single event, and a batch without events, which tells of the user', async () => {
  expect(await (await post(sample('webhook-events-batch.single-event'))).json()).toMatchObject({ accepted: 1 });
  expect(await (await post(sample('webhook-events-batch.no-events'))).json()).toMatchObject({ accepted: 1 });
  expect((await events()).at(-1)).toMatchObject({
    name: 'mp_profile',
    id: '521e0ae1-164d-4495-8e41-95be88fa7e44',
    profile: { set: { newsletter_opt_in: 'true' } },
  });
  expect(await (await post({ events: [], mpid: 1 })).json()).toMatchObject({ accepted: 0, quarantined: [] });
});

test('ids of 64 bits keep their digits, and tell events apart', async () => {
  const event = (id: string) =>
    `{"event_type":"session_start","data":{"timestamp_unixtime_ms":1777629600000,"event_id":${id}}}`;
  const batch = `{"user_identities":{"email":"a@example.com"},"mpid":6558165446704400378,"events":[${[
    event('6558165446704400378'),
    event('6558165446704400379'),
  ]}]}`;
  expect(await (await post(batch)).json()).toMatchObject({ accepted: 2 });
  expect((await events()).map(({ id }) => id)).toEqual(['6558165446704400378', '6558165446704400379']);
  expect((await events())[0]!.aliases).toEqual([{ type: 'mpid', value: '6558165446704400378' }]);
});

test('development data, replays and history are marked', async () => {
  await post(
    change('webhook-events-batch.single-event', { environment: 'development' }).replace(
      /"environment": "production",/,
      '',
    ),
  );
  expect((await events())[0]!.development).toBe(true);
  const replay = {
    user_identities: { email: 'b@example.com' },
    events: [{ event_type: 'session_start', data: { timestamp_unixtime_ms: 1777629600000 } }],
  };
  await post({ ...replay, source_info: { replay_request_id: 'r1' } });
  await post({ ...replay, batch_id: 7, source_info: { is_historical: true } });
  expect((await events()).slice(1).map((event) => event.replay)).toEqual([true, true]);
});

test('attributes that are deleted, in the batch or by an event', async () => {
  const data = {
    user_attribute_name: '$Zip',
    new: null,
    old: '1',
    deleted: true,
    timestamp_unixtime_ms: 1777629600000,
  };
  await post({
    user_identities: { email: 'c@example.com' },
    user_attributes: { a: '1', Zip: '1' },
    deleted_user_attributes: ['$b'],
    events: [{ event_type: 'user_attribute_change', data }],
  });
  expect((await events())[0]!.profile).toEqual({ set: { a: '1' }, unset: ['b', 'Zip'] });
});

test('what cannot be used is kept, in a form to try again', async () => {
  const good = { event_type: 'custom_event', data: { event_name: 'x', timestamp_unixtime_ms: 1777629600000 } };
  const user_identities = [{ identity_type: 'email', identity: 'd@example.com' }];
  const answer = await post([
    { user_identities, events: [good, { event_type: 'custom_event', data: {} }, 5] },
    { mpid: 5, events: [good] },
    { message_type: 'alias_request' },
    7,
  ]);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    accepted: 1,
    duplicates: 0,
    ignored: 0,
    quarantined: [
      { index: 1, code: 'invalid_event', detail: expect.any(String) },
      { index: 2, code: 'invalid_event', detail: expect.any(String) },
      { index: 3, code: 'unaddressable', detail: expect.any(String) },
      { index: 4, code: 'unknown_message_type', detail: expect.any(String) },
      { index: 5, code: 'invalid_event', detail: expect.any(String) },
    ],
  });
  const bodies = (await quarantine()).map(({ body }) => JSON.parse(body!));
  expect(bodies).toContainEqual({
    user_identities,
    events: [{ event_type: 'custom_event', data: {} }],
    system_notifications: [],
  });
});

test.each([0, 'undefined'])('an mpid %j, which strangers share, makes nobody another one', async (mpid) => {
  const told = (email: string, event: object) => post({ mpid, user_identities: { email }, events: [event] });
  const changed = { old: null, new: { identity_type: 'email', identity: 'bob@example.com' } };
  await told('ada@example.com', { event_type: 'custom_event', data: { event_name: 'x' } });
  await told('bob@example.com', { event_type: 'user_identity_change', data: changed });
  const found = await ingest.store.db.selectFrom('identifiers').select(['person', 'former']).execute();
  expect(found.map(({ former }) => former)).toEqual([false, false]);
  expect(new Set(found.map(({ person }) => person)).size).toBe(2);
});

test('401 without the token', async () => {
  expect((await post(sample('webhook-events-batch'), 'other')).status).toBe(401);
});

test('without any time it happened now; a call of another kind is kept', async () => {
  const user_identities = { email: 'now@example.com' };
  const events_ = [{ event_type: 'custom_event', data: { event_name: 'x', source_message_id: 'm1' } }];
  await post({ user_identities, events: events_ });
  await post({ request_type: 'alias', request_id: 'r', data: { destination_mpid: 1, source_mpid: 2 } });
  const [event, ...others] = await events();
  expect(event!.time).toBe(event!.received);
  expect(others).toEqual([]);
  expect((await quarantine()).map(({ reason }) => reason)).toEqual([expect.stringContaining('"alias"')]);
});

test('without an id of the batch, who and what tell one change of consent, and one profile, from the next', async () => {
  const consent = {
    type: 'gdpr_consent_state',
    purpose: 'marketing_email',
    new_gdpr_consent_state: { consented: false },
  };
  const told = (user: string, fields: object) => ({ user_identities: { email: `${user}@example.com` }, ...fields });
  const objection = (user: string, at = 1777629600000) =>
    told(user, { timestamp_unixtime_ms: at, system_notifications: [consent] });
  const profile = (tier: string) => told('ada', { user_attributes: { tier } });
  await post([objection('ada'), objection('bob'), objection('ada'), objection('ada', 1777629700000)]);
  await post([profile('gold'), profile('silver'), profile('gold')]);
  expect((await events()).map(({ name, contact }) => `${name} ${contact.email}`)).toEqual([
    'mp_consent_change ada@example.com',
    'mp_consent_change bob@example.com',
    'mp_consent_change ada@example.com',
    'mp_profile ada@example.com',
    'mp_profile ada@example.com',
  ]);
});
