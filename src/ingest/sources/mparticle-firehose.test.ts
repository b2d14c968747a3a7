import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, MPARTICLE, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import type { JsonObject } from '../../plan/json.ts';

const sample = (name: string) =>
  readFileSync(new URL(`./samples/mparticle/firehose-${name}.json`, import.meta.url), 'utf8');
const change = (name: string, fields: object) => ({ ...JSON.parse(sample(name)), ...fields });

let ingest: TestIngest;
beforeEach(async () => {
  ingest = await testIngest();
});
afterEach(() => ingest.close());

const AUTH = { authorization: 'Token mp' };
const post = (body: string | object, headers: { [name: string]: string } = AUTH) =>
  ingest.post('/v1/sources/mparticle', body, headers);
const quarantine = () => ingest.store.db.selectFrom('quarantine').selectAll().orderBy('id').execute();

test('one user with six events: each is one of ours, and the answer is the protocol’s', async () => {
  const response = await post(sample('event-processing-request'));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    ...JSON.parse(sample('event-processing-response')),
    timestamp_ms: expect.any(Number),
  });
  const rows = await inboxOf(ingest.store);
  expect(rows.map((row) => row.name)).toEqual([
    'mp_session_start',
    'Checkout Abandoned',
    'purchase',
    'mp_user_attribute_change',
    'mp_user_identity_change',
    'mp_session_end',
  ]);
  expect(new Set(rows.map((row) => row.person)).size).toBe(1);
  const [start, custom, purchase, attributes, identities, end] = rows.map((row) => row.event);
  expect(custom).toEqual({
    name: 'Checkout Abandoned',
    id: '0d3c1e61-0f55-4c86-8f0f-1e4d5f4a0002',
    dedupeKey: '0d3c1e61-0f55-4c86-8f0f-1e4d5f4a0002',
    time: '2026-05-01T10:00:21.034Z',
    received: expect.any(String),
    source: 'mparticle',
    contact: { email: 'mara.old@example.com', external_id: 'NL-0048213', mobile: '+447700900123' },
    aliases: [{ type: 'mpid', value: '-7636538281262557221' }],
    profile: {
      set: {
        FirstName: 'Mara',
        LastName: 'Lindqvist',
        Country: 'DE',
        City: 'Flensburg',
        Zip: '24937',
        newsletter_opt_in: 'True',
        loyalty_tier: 'gold',
        lifetime_value: '1284.50',
        favourite_categories: ['tents', 'stoves'],
      },
      unset: [],
    },
    data: {
      cart_id: 'c-99120',
      cart_value: '189.90',
      currency: 'EUR',
      item_count: '2',
      recover_url: 'https://shop.example.com/cart/c-99120',
      $event: {
        custom_event_type: 'transaction',
        session_id: '5720194422104398',
        source_id: 'a41b3d0a-6f5c-4a59-8a3b-0a6f1f7c2e11',
      },
      $flags: { 'Mapp.Priority': 'high' },
    },
  });
  expect(start!.data).toMatchObject({ session_id: '5720194422104398' });
  expect(purchase!.data).toMatchObject({
    order_id: 'ORD-2026-004411',
    total: 189.9,
    currency: 'EUR',
    items: [{ id: 'SKU-TENT-2P' }, { id: 'SKU-STOVE-1' }],
    coupon_code: 'SPRING10',
    payment_method: 'invoice',
  });
  expect(attributes!.data).toMatchObject({ added: { loyalty_tier: 'gold' }, removed: { loyalty_tier: 'silver' } });
  expect(attributes!.profile).toMatchObject({ set: { loyalty_tier: 'gold' }, unset: [] });
  expect(identities!.data).toMatchObject({ removed: [{ type: 'email', value: 'mara.old@example.com' }] });
  expect(identities!.identityChange).toEqual({
    from: { email: 'mara.old@example.com' },
    to: { email: 'Mara.Lindqvist@example.com' },
  });
  expect(end!.data).toMatchObject({ session_length_ms: 60000 });
  expect(await quarantine()).toEqual([]);
});

test('a repeated message is answered alike and changes nothing', async () => {
  await post(sample('event-processing-request'));
  const told = ingest.accepted();
  expect((await post(sample('event-processing-request'))).status).toBe(200);
  expect(await inboxOf(ingest.store)).toHaveLength(6);
  expect(ingest.accepted()).toBe(told);
});

test.each([
  ['event-processing-request.verification', 'event_processing_response'],
  ['audience-membership-change-request.verification', 'audience_membership_change_response'],
])('a verification call is answered, and leaves nothing: %s', async (name, type) => {
  const response = await post(sample(name));
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ type, id: JSON.parse(sample(name)).id, firehose_version: '3.2.0' });
  expect(await inboxOf(ingest.store)).toEqual([]);
  expect(await quarantine()).toEqual([]);
});

test('registration needs no credentials and tells what we want', async () => {
  const response = await post(sample('module-registration-request'), {});
  expect(response.status).toBe(200);
  const answer = (await response.json()) as JsonObject;
  const proposal = JSON.parse(sample('module-registration-response'));
  expect(answer).toMatchObject({ type: 'module_registration_response', id: proposal.id, sdk_version: '3.2.0' });
  expect(answer.permissions).toEqual(proposal.permissions);
  expect(answer.event_processing_registration).toMatchObject({
    supported_event_types: proposal.event_processing_registration.supported_event_types,
    max_data_age_hours: 24,
  });
  expect(String(answer.description).length).toBeLessThan(230);
});

test('an identity that is only hashed cannot be addressed: quarantine', async () => {
  const response = await post(sample('event-processing-request.hashed-identity-only'));
  expect(response.status).toBe(200);
  expect(await inboxOf(ingest.store)).toEqual([]);
  expect(await quarantine()).toMatchObject([
    { source: 'mparticle', reason: expect.stringMatching(/^unaddressable: /) },
  ]);
});

test('a hashed identity beside a raw one is an alias', async () => {
  const hashed = { type: 'email', encoding: 'sha256', value: 'abc' };
  const user_identities = [
    hashed,
    { type: 'customer', encoding: 'raw', value: 'C-1' },
    { type: 'other', encoding: 'raw', value: '7' },
  ];
  const events = JSON.parse(sample('event-processing-request')).events.slice(0, 1);
  await post(
    change('event-processing-request', { events, user_identities, user_attributes: { $Mobile: '447700900123' } }),
  );
  const [row] = await inboxOf(ingest.store);
  expect(row!.event.contact).toEqual({ external_id: 'C-1', mobile: '447700900123' });
  expect(row!.event.aliases).toEqual([
    { type: 'email_sha256', value: 'abc' },
    { type: 'other', value: '7' },
    { type: 'mpid', value: '-7636538281262557221' },
  ]);
});

test.each<[what: string, headers: { [name: string]: string }, status: number]>([
  ['the header', AUTH, 200],
  ['no header and the wrong key in the body', {}, 401],
  ['a wrong header and the wrong key in the body', { authorization: 'Token no' }, 401],
  ['another scheme', { authorization: 'Bearer mp' }, 401],
])('credentials: %s', async (_what, headers, status) => {
  const response = await post(sample('event-processing-request'), headers);
  expect(response.status).toBe(status);
  expect(await inboxOf(ingest.store)).toHaveLength(status === 200 ? 6 : 0);
});

test('the secret may stand in the account settings', async () => {
  const account = { account_id: 1, account_settings: { ingestKey: 'mp', other: null } };
  expect((await post(change('event-processing-request', { account }), {})).status).toBe(200);
  expect(await inboxOf(ingest.store)).toHaveLength(6);
});

test('who is not known learns nothing of the body; who is, gets 400 for one that is no JSON', async () => {
  expect((await post('{', {})).status).toBe(401);
  const response = await post('{');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'malformed_body', errors: [{ pointer: null }] });
});

test('is_debug marks test traffic', async () => {
  await post(change('event-processing-request', { runtime_environment: { type: 'ios', is_debug: true } }));
  expect((await inboxOf(ingest.store)).every((row) => row.event.development === true)).toBe(true);
});

test('an attribute that was removed for good is unset', async () => {
  const event = { type: 'user_attribute_change', id: 'e1', timestamp_ms: 1777629645010, removed: { $Zip: '24937' } };
  await post(change('event-processing-request', { events: [event] }));
  const [row] = await inboxOf(ingest.store);
  expect(row!.event.profile!.unset).toEqual(['Zip']);
  expect(row!.event.profile!.set).not.toHaveProperty('Zip');
});

const EVENT = { id: 'e1', timestamp_ms: 1777629645010 };

test.each([
  [{ type: 'screen_view', screen_name: 'Home' }, 'mp_screen_view', { screen_name: 'Home' }],
  [
    { type: 'product_action', action: 'add_to_cart', products: [] },
    'mp_product_add_to_cart',
    { action: 'add_to_cart', products: [] },
  ],
  [{ type: 'promotion_action', action: 'click' }, 'mp_promotion_action', { action: 'click' }],
  [
    { type: 'push_subscription', action: 'subscribe', token: 'secret' },
    'mp_push_subscription',
    { action: 'subscribe' },
  ],
  [{ type: 'newer_than_us', x: 1, location: {} }, 'mp_newer_than_us', { x: 1 }],
])('%j is %s', async (event, name, data) => {
  await post(change('event-processing-request', { events: [{ ...EVENT, ...event }] }));
  const [row] = await inboxOf(ingest.store);
  expect(row).toMatchObject({ name, event: { data } });
  expect(row!.event.data).toEqual(data);
});

test('of one message the usable events are taken, the others kept with their reason and in a form to try again', async () => {
  const large = { type: 'custom_event', ...EVENT, id: 'e2', name: 'Large', attributes: { text: 'x'.repeat(65_536) } };
  const events = [
    { type: 'custom_event', ...EVENT, name: 'Good', attributes: { text: 'a\0b' } },
    { type: 'custom_event', ...EVENT, name: '' },
    { type: 'custom_event', ...EVENT, name: 'No time', timestamp_ms: 'yesterday' },
    large,
    'text',
  ];
  expect((await post(change('event-processing-request', { events }))).status).toBe(200);
  const [good, ...none] = await inboxOf(ingest.store);
  expect(none).toEqual([]);
  expect(good!.event.data.text).toBe('a\uFFFDb');
  expect(good!.event.notes).toEqual([{ pointer: '/data/text', detail: expect.stringContaining('cannot be stored') }]);
  const kept = await quarantine();
  expect(kept.map((row) => row.reason.split(':')[0]).sort()).toEqual([
    'invalid_event',
    'invalid_event',
    'invalid_event',
    'too_large',
  ]);
  const tooLarge = kept.find((row) => row.reason.startsWith('too_large'));
  expect(JSON.parse(tooLarge!.body!)).toMatchObject({
    type: 'event_processing_request',
    mpid: '-7636538281262557221',
    events: [large],
  });
});

test('an event without an id is known by its content', async () => {
  const events = [{ type: 'custom_event', timestamp_ms: 1777629645010, name: 'No id' }];
  await post(change('event-processing-request', { events }));
  await post(change('event-processing-request', { events, id: 'another message' }));
  expect(await inboxOf(ingest.store)).toHaveLength(1);
});

test('before an identity change, events are those of the old address', async () => {
  await post(sample('event-processing-request'));
  const emails = (await inboxOf(ingest.store)).map((row) => row.event.contact.email);
  const [old, fresh] = ['mara.old@example.com', 'Mara.Lindqvist@example.com'];
  expect(emails).toEqual([old, old, old, old, fresh, fresh]);
});

test('an identity change names new aliases that the message names too: they are taken once', async () => {
  const hashed = { type: 'email', encoding: 'sha256', value: 'a'.repeat(64) };
  const event = JSON.parse(sample('event-processing-request')).events.find(
    ({ type }: { type: string }) => type === 'user_identity_change',
  );
  const given = { user_identities: [...event.added, hashed], events: [{ ...event, added: [...event.added, hashed] }] };
  expect((await post(change('event-processing-request', given))).status).toBe(200);
  const aliases = ingest.store.db.selectFrom('identifiers').select('kind').where('kind', '=', 'alias:email_sha256');
  expect(await aliases.execute()).toHaveLength(1);
});

test('unknown messages and bodies that are no message are kept, whatever their content type says', async () => {
  const answers = [
    await post({ type: 'crystal_ball_request', id: 'd1' }, { ...AUTH, 'content-type': 'text/plain' }),
    await post([1]),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  expect(await answers[0]!.json()).toMatchObject({ type: 'crystal_ball_response', id: 'd1' });
  const kept = await quarantine();
  expect(kept.map((row) => row.reason.split(':')[0])).toEqual(['unknown_message_type', 'unknown_message_type']);
  expect(kept.map((row) => row.body)).toContain('[1]');
});

test('attributes of a declared event get their type', async () => {
  const events = { 'Checkout Abandoned': { cart_value: { type: 'double', optional: false } } } as const;
  const declared = await testIngest({
    project: { ...PROJECT, events, sources: { mparticle: MPARTICLE } },
  });
  await declared.post('/v1/sources/mparticle', sample('event-processing-request'), AUTH);
  const row = (await inboxOf(declared.store)).find((one) => one.name === 'Checkout Abandoned');
  expect(row!.event.data).toMatchObject({ cart_value: 189.9, item_count: '2' });
  await declared.close();
});

test('an event without a time happened when its message was made', async () => {
  const events = [{ type: 'custom_event', id: 'e1', name: 'No time' }];
  await post(change('event-processing-request', { events, timestamp_ms: 1777629661000 }));
  expect((await inboxOf(ingest.store))[0]!.event.time).toBe('2026-05-01T10:01:01.000Z');
});
