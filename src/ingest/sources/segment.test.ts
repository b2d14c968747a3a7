import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import type { JsonObject } from '../../plan/json.ts';

const sample = (name: string) =>
  readFileSync(new URL(`./samples/common/segment.${name}.json`, import.meta.url), 'utf8');

let ingest: TestIngest;
beforeEach(async () => {
  const sources = {
    segment: { type: 'segment', secrets: ['SEGMENT'], credential: 'hmac_sha1' },
    rudder: { type: 'segment', secrets: ['RUDDER'], credential: 'token', backfill: 'ignore' },
  } as const;
  const secrets = { segment: ['other', 'shared'], rudder: ['r'] };
  ingest = await testIngest({ project: { ...PROJECT, sources }, secrets });
});
afterEach(() => ingest.close());

const answerOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as JsonObject),
});
const sign = (text: string) => createHmac('sha1', 'shared').update(text).digest('hex');
const post = async (body: string, signed = body) =>
  answerOf(await ingest.post('/v1/sources/segment', body, { 'x-signature': sign(signed) }));
const rudder = async (body: object) =>
  answerOf(await ingest.post('/v1/sources/rudder', body, { authorization: 'Bearer r' }));
const events = async () => (await inboxOf(ingest.store)).map((row) => row.event);
const ONE = { status: 200, accepted: 1, duplicates: 0, ignored: 0, quarantined: [] };

test('track: event, properties, and the address of context.traits', async () => {
  expect(await post(sample('track'))).toEqual(ONE);
  expect(await post(sample('track'))).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(await events()).toMatchObject([
    {
      name: 'Checkout Abandoned',
      id: 'ajs-next-1777629621034-7f1e',
      time: '2026-05-01T10:00:21.034Z',
      contact: { email: 'mara.lindqvist@example.com', external_id: 'NL-0048213' },
      data: { cart_id: 'c-99120', cart_value: 189.9 },
    },
  ]);
});

test('identify: traits are attributes, but for those that name the contact; null takes one away', async () => {
  await post(sample('identify'));
  await rudder({ type: 'identify', userId: 'u', traits: { plan: null, email: 'broken' } });
  const [first, second] = await events();
  expect(first).toMatchObject({
    name: 'identify',
    contact: { email: 'mara.lindqvist@example.com', mobile: '+447700900123', external_id: 'NL-0048213' },
    aliases: [{ type: 'anonymous_id', value: '23adfd82-aa0f-45a7-a756-24f2a7a4c895' }],
    profile: { set: { firstName: 'Mara', plan: 'gold' }, unset: [] },
  });
  expect(first!.profile!.set).not.toHaveProperty('email');
  expect(second!.profile).toEqual({ set: { email: 'broken' }, unset: ['plan'] });
});

test('audiences of Engage; an old entry is a backfill', async () => {
  expect(await post(sample('audience-entered'))).toEqual(ONE);
  expect((await events())[0]).toMatchObject({
    name: 'audience_entered',
    data: { audience: 'lapsed_30d_de', backfill: true },
  });
  expect(await rudder(JSON.parse(sample('audience-entered')))).toMatchObject({ accepted: 0, ignored: 1 });
});

test('a change of consent, of the categories that `consent` or their name gives a channel', async () => {
  const categoryPreferences = { Email: false, 'SMS marketing': true, Analytics: true };
  const call = { type: 'track', userId: 'u', context: { consent: { categoryPreferences } } };
  await rudder({ ...call, event: 'Segment Consent Preference Updated', messageId: 'c1' });
  await rudder({ ...call, event: 'Anything else', messageId: 'c2' });
  expect((await events()).map(({ consent }) => consent)).toEqual([
    { email: 'unsubscribed', sms: 'granted' },
    undefined,
  ]);
});

test('alias, delete, page, group', async () => {
  await post(sample('alias'));
  await rudder({ type: 'delete', userId: 'u1', messageId: 'd' });
  await rudder({ type: 'page', userId: 'u1', name: 'Home', properties: { url: '/' } });
  await rudder({ type: 'group', userId: 'u1', groupId: 'g', traits: { a: 1 } });
  const [alias, erase, page, group] = await events();
  expect(alias).toMatchObject({
    name: 'alias',
    contact: { external_id: 'NL-0048213' },
    identityChange: {
      from: { external_id: '23adfd82-aa0f-45a7-a756-24f2a7a4c895' },
      to: { external_id: 'NL-0048213' },
    },
  });
  expect(erase).toMatchObject({ name: 'erasure_requested', erase: true, contact: { external_id: 'u1' } });
  expect(page).toMatchObject({ name: 'page:Home', data: { url: '/' } });
  expect(group).toMatchObject({ name: 'group', data: { group_id: 'g', traits: { a: 1 } } });
});

test('a batch of the HTTP API; calls without an id are known by their content', async () => {
  const batch = JSON.parse(sample('batch.http-api'));
  expect(await rudder(batch)).toMatchObject({ accepted: 2 });
  expect(await rudder(batch)).toMatchObject({ accepted: 0, duplicates: 2 });
  const again = {
    ...batch,
    sentAt: '2026-05-01T10:00:43Z',
    batch: [{ ...batch.batch[0], receivedAt: null }, batch.batch[1]],
  };
  expect(await rudder(again)).toMatchObject({ accepted: 0, duplicates: 2 });
  const untimed = { type: 'track', userId: 'u', event: 'untimed' };
  await rudder({ ...untimed, sentAt: '2026-05-01T10:00:13Z' });
  expect(await rudder({ ...untimed, sentAt: '2026-05-01T10:00:14Z' })).toMatchObject({ accepted: 1 });
  const at = {
    sentAt: '2026-05-01T10:00:13Z',
    originalTimestamp: '2026-05-01T10:00:10Z',
    receivedAt: '2026-05-01T09:00:03Z',
  };
  await rudder({ type: 'track', userId: 'u', event: 'x', ...at });
  expect((await events()).at(-1)!.time).toBe('2026-05-01T09:00:00.000Z');
});

test('of a signed array only the first call is signed, which the others are marked with', async () => {
  const [first, second] = [sample('track').trim(), JSON.stringify({ type: 'track', userId: 'u', event: 'x' })];
  expect(await post(`[${first}, ${second}]`, first)).toMatchObject({ status: 200, accepted: 2 });
  const [signed, unsigned] = await events();
  expect(signed!.notes).toBeUndefined();
  expect(unsigned!.notes).toEqual([{ pointer: '', detail: expect.stringContaining('signs the first call') }]);
});

test('a body that was written anew on its way is signed as `JSON.stringify` writes it', async () => {
  const calls = [
    { type: 'track', userId: 'é', event: 'x' },
    { type: 'track', userId: 'u', event: 'y' },
  ];
  const [signed] = calls.map((one) => JSON.stringify(one));
  expect(await post(JSON.stringify(calls[0], null, 2), signed!)).toMatchObject({ status: 200, accepted: 1 });
  expect(await post(JSON.stringify(calls, null, 2), signed!)).toMatchObject({
    status: 200,
    accepted: 1,
    duplicates: 1,
  });
  expect(await post(JSON.stringify(calls[1], null, 2), signed!)).toMatchObject({ status: 401 });
  expect(await post('{'.repeat(60_000), signed!)).toMatchObject({ status: 401 });
});

test('what cannot be used is kept; who cannot be known is refused', async () => {
  expect(
    await rudder({
      batch: [{ type: 'track', event: 'x' }, { type: 'dance', userId: 'u' }, 5, { type: 'track', userId: 'u' }],
    }),
  ).toMatchObject({
    status: 200,
    quarantined: [
      { code: 'unaddressable' },
      { code: 'unknown_message_type' },
      { code: 'invalid_event' },
      { code: 'invalid_event' },
    ],
  });
  expect(await post(sample('track'), 'other')).toMatchObject({ status: 401, code: 'signature_invalid' });
  expect(await answerOf(await ingest.post('/v1/sources/segment', '{}'))).toMatchObject({ status: 401 });
  expect(await answerOf(await ingest.post('/v1/sources/rudder', '{}'))).toMatchObject({
    status: 401,
    code: 'unauthenticated',
  });
});

test('RudderStack tells the traits of the user in the context', async () => {
  expect(await rudder(JSON.parse(sample('rudderstack-identify')))).toEqual(ONE);
  expect(
    await rudder({ type: 'identify', userId: 'u', traits: { plan: 'own' }, context: { traits: { plan: 'x', a: 1 } } }),
  ).toEqual(ONE);
  const [first, second] = await events();
  expect(first).toMatchObject({
    contact: { email: 'mara.lindqvist@example.com', external_id: 'NL-0048213' },
    profile: { set: { name: 'Mara Lindqvist', plan: 'Enterprise', company: { id: 'company-A' } }, unset: [] },
  });
  expect(second!.profile!.set).toEqual({ plan: 'own', a: 1 });
});

test('traits of a group do not name the user', async () => {
  expect(await post(sample('group'))).toEqual(ONE);
  const [{ contact, data }] = (await events()) as [Awaited<ReturnType<typeof events>>[0]];
  expect(contact).toEqual({ email: 'mara.lindqvist@example.com', external_id: 'NL-0048213' });
  expect(data.traits).toMatchObject({ email: 'office@example.com' });
});

test('Engage names who has no user id by external ids; hashed ones name nobody', async () => {
  const call = JSON.parse(sample('engage-external-ids'));
  expect(await rudder(call)).toEqual(ONE);
  const hashed = { ...call.context.externalIds[0], encoding: 'sha256' };
  expect(await rudder({ ...call, messageId: 'h', context: { externalIds: [hashed] } })).toMatchObject({
    quarantined: [{ code: 'unaddressable' }],
  });
  expect((await events())[0]).toMatchObject({
    name: 'audience_exited',
    contact: { email: 'mara.lindqvist@example.com' },
    data: { audience: 'lapsed_30d_de' },
  });
});

test('a reason may quote what Postgres cannot keep', async () => {
  expect(await rudder({ type: 'da\u0000n\ud800ce', userId: 'u' })).toMatchObject({
    status: 200,
    quarantined: [{ code: 'unknown_message_type', detail: expect.stringContaining('da\uFFFDn\uFFFDce') }],
  });
});

test('an id that is longer than any is left out with a note; an audience cannot be so long', async () => {
  const long = createHmac('sha512', 'long').update('x').digest('hex').repeat(30);
  expect(await rudder({ type: 'track', event: 'x', userId: 'u', anonymousId: long })).toEqual(ONE);
  expect(
    await rudder({ type: 'track', event: 'Audience Entered', userId: 'u', properties: { audience_key: long } }),
  ).toMatchObject({ status: 200, quarantined: [{ code: 'invalid_event', detail: expect.stringContaining('256') }] });
  const [{ aliases, notes }] = (await events()) as [Awaited<ReturnType<typeof events>>[0]];
  expect(aliases).toEqual([]);
  expect(notes).toEqual([{ pointer: '/aliases/0', detail: expect.stringContaining('256 characters') }]);
});
