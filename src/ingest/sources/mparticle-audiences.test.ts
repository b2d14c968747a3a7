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

test('audience subscriptions: answered with their settings, the latest word of each audience is kept', async () => {
  const kept = () =>
    ingest.store.db.selectFrom('meta').select(['key', 'value']).where('key', 'like', 'audience/%').execute();
  for (const action of ['remove', 'add', 'update']) {
    const name = `audience-subscription-request.${action}`;
    const request = JSON.parse(sample(name));
    const answer = (await (await post(sample(name))).json()) as JsonObject;
    expect(answer).toMatchObject({ type: 'audience_subscription_response', id: request.id });
    expect(answer.audience_subscription_settings).toEqual(request.audience_subscription_settings);
  }
  expect(await kept()).toEqual([
    {
      key: 'audience/mparticle/48121',
      value: {
        source: 'mparticle',
        id: '48121',
        audience: 'Lapsed 30d – DE',
        action: 'remove',
        settings: {},
        time: '2026-05-01T10:00:02.000Z',
      },
    },
  ]);
  expect(await quarantine()).toEqual([]);
});

test('a subscription without an id or with another action is kept', async () => {
  for (const wrong of [{ audience_id: null }, { action: 'upgrade' }])
    await post(change('audience-subscription-request.add', wrong));
  expect((await quarantine()).map((row) => row.reason.split(':')[0])).toEqual(['invalid_event', 'invalid_event']);
});

test('audience membership: one event per profile and audience, attributes with it, who cannot be addressed is kept', async () => {
  const answer = await (await post(sample('audience-membership-change-request'))).json();
  expect(answer).toEqual({
    ...JSON.parse(sample('audience-membership-change-response')),
    timestamp_ms: expect.any(Number),
  });
  const [entered, exited, updated, ...none] = (await inboxOf(ingest.store)).map((row) => row.event);
  expect(none).toEqual([]);
  expect(entered).toMatchObject({
    name: 'audience_entered',
    time: '2026-05-01T10:00:03.000Z',
    contact: { email: 'Mara.Lindqvist@example.com', external_id: 'NL-0048213', mobile: '+447700900123' },
    aliases: [{ type: 'mpid', value: '-7636538281262557221' }],
    profile: { set: { loyalty_tier: 'gold', favourite_categories: ['tents', 'stoves'] }, unset: [] },
  });
  expect(entered!.data).toEqual({
    audience: 'Lapsed 30d – DE',
    audience_id: '48121',
    backfill: true,
    settings: { flowKey: 'winback-de' },
  });
  expect(exited!.name).toBe('audience_exited');
  expect(exited!.data).toEqual({ audience: 'Active 7d – DE', audience_id: '48090', backfill: false });
  expect(updated).toMatchObject({
    name: 'mp_audience_attribute_update',
    contact: { external_id: 'NL-0051007' },
    profile: { set: { churn_score: '0.82' }, unset: ['old_segment'] },
  });
  const [row, ...others] = await quarantine();
  expect(others).toEqual([]);
  expect(row!.reason).toMatch(/^unaddressable: /);
  expect(JSON.parse(row!.body!)).toMatchObject({
    type: 'audience_membership_change_request',
    account: { account_settings: { tenant: 'nordlicht' } },
    user_profiles: [{ mpid: '9021458873320019', audiences: [{ action: 'add' }] }],
  });
  expect(row!.body).not.toContain('ingestKey');
});

test('a repeated membership message changes nothing; the next message of the same audience does', async () => {
  await post(sample('audience-membership-change-request'));
  await post(sample('audience-membership-change-request'));
  expect(await inboxOf(ingest.store)).toHaveLength(3);
  await post(change('audience-membership-change-request', { id: 'another' }));
  expect(await inboxOf(ingest.store)).toHaveLength(6);
});

test('messages without an id are told apart by their time, changes of consent by whom they are about, too', async () => {
  const members = (timestamp_ms: number) => change('audience-membership-change-request', { id: null, timestamp_ms });
  for (const at of [1777629600000, 1777629700000, 1777629600000]) await post(members(at));
  expect(await inboxOf(ingest.store)).toHaveLength(6);
  const told = { type: 'gdpr_consent_state', purpose: 'SMS', new_gdpr_consent_state: { consented: false } };
  const objection = (value: string) => ({
    user_identities: [{ type: 'email', encoding: 'raw', value }],
    ...{ id: null, mpid: null, events: [], system_notifications: [told] },
  });
  for (const user of ['ada@example.com', 'bob@example.com', 'ada@example.com'])
    await post(change('event-processing-request', objection(user)));
  expect(await inboxOf(ingest.store)).toHaveLength(8);
});

test('`backfill: ignore` leaves old entries out, and only these', async () => {
  const source = { ...MPARTICLE, backfill: 'ignore' } as const;
  const ignoring = await testIngest({ project: { ...PROJECT, sources: { mparticle: source } } });
  const fresh = { ...JSON.parse(sample('audience-membership-change-request')), timestamp_ms: Date.now() - 1000 };
  await ignoring.post('/v1/sources/mparticle', sample('audience-membership-change-request'), AUTH);
  await ignoring.post('/v1/sources/mparticle', { ...fresh, id: 'fresh' }, AUTH);
  const rows = await inboxOf(ignoring.store);
  expect(rows.map((row) => row.name)).toEqual([
    'audience_exited',
    'mp_audience_attribute_update',
    'audience_entered',
    'audience_exited',
    'mp_audience_attribute_update',
  ]);
  expect(rows[2]!.event.data.backfill).toBe(false);
  await ignoring.close();
});

test('a change of consent is an event, and consent of the channel that its purpose is named after', async () => {
  const told = (purpose: string, consented: boolean) => ({
    type: 'gdpr_consent_state',
    purpose,
    new_gdpr_consent_state: { consented, document: 'privacy-v7', timestamp_unixtime_ms: 1777629600500 },
  });
  const system_notifications = [told('marketing_email', false), told('SMS', true), told('Analytics', false)];
  await post(change('event-processing-request', { events: [], system_notifications }));
  await post(change('event-processing-request', { events: [], system_notifications }));
  const events = (await inboxOf(ingest.store)).map((row) => row.event);
  expect(events.map(({ name, time, consent }) => ({ name, time, consent }))).toEqual([
    { name: 'mp_consent_change', time: '2026-05-01T10:00:00.500Z', consent: { email: 'unsubscribed' } },
    { name: 'mp_consent_change', time: '2026-05-01T10:00:00.500Z', consent: { sms: 'granted' } },
    { name: 'mp_consent_change', time: '2026-05-01T10:00:00.500Z' },
  ]);
  expect(events[2]!.data).toEqual({
    regulation: 'gdpr',
    purpose: 'Analytics',
    consented: false,
    document: 'privacy-v7',
  });
});

test('a request for erasure is an event that erases', async () => {
  const request = {
    type: 'dsr_processing_request',
    id: 'd1',
    timestamp_ms: 1777629600000,
    firehose_version: '3.2.0',
    account: { account_id: 1, account_settings: {} },
    subject_request_id: '1e2c8cf4-f985-4398-b482-a520860d3bf6',
    subject_request_type: 'erasure',
    submitted_time: '2026-05-01T09:00:00Z',
    subject_identities: {
      email: { encoding: 'raw', value: 'mara.lindqvist@example.com' },
      android_advertising_id: { encoding: 'raw', value: '84aae47d' },
    },
    regulation: 'gdpr',
  };
  const answers = [await post(request), await post({ ...request, subject_request_type: 'portability' })];
  for (const answer of answers)
    expect(await answer.json()).toMatchObject({ type: 'dsr_processing_response', id: 'd1', firehose_version: '3.2.0' });
  const [row, ...none] = await inboxOf(ingest.store);
  expect(none).toEqual([]);
  expect(row!.event).toMatchObject({
    name: 'erasure_requested',
    id: '1e2c8cf4-f985-4398-b482-a520860d3bf6',
    time: '2026-05-01T09:00:00.000Z',
    contact: { email: 'mara.lindqvist@example.com' },
    aliases: [{ type: 'android_advertising_id', value: '84aae47d' }],
    data: { regulation: 'gdpr' },
    erase: true,
  });
  expect((await quarantine()).map((one) => one.reason)).toEqual([expect.stringMatching(/^unknown_message_type: /)]);
});

test('a request for erasure as the SDK writes it, its time in seconds; one that cannot be read stops nothing', async () => {
  const request = JSON.parse(sample('dsr-processing-request'));
  await post(sample('dsr-processing-request'));
  await post({ ...request, subject_request_id: 'd2', submitted_time: [2026, 5, 1] });
  const [first, second] = (await inboxOf(ingest.store)).map((row) => row.event);
  expect(first).toMatchObject({
    name: 'erasure_requested',
    id: '7d1c2b3a-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
    time: '2026-05-01T10:00:00.889Z',
    erase: true,
    contact: { email: 'mara.lindqvist@example.com' },
  });
  expect(second).toMatchObject({ erase: true, time: '2026-05-01T10:01:01.000Z' });
});

test('settings that Postgres cannot keep as they are', async () => {
  const request = change('audience-subscription-request.add', {
    audience_subscription_settings: { 'a\u0000': 'b\ud800' },
  });
  expect((await post(request)).status).toBe(200);
  const { value } = await ingest.store.db
    .selectFrom('meta')
    .select('value')
    .where('key', 'like', 'audience/%')
    .executeTakeFirstOrThrow();
  expect(value).toMatchObject({ action: 'add', settings: { 'a\uFFFD': 'b\uFFFD' } });
});
