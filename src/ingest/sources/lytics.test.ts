import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';

const sample = (name: string) =>
  readFileSync(new URL(`./samples/lytics/webhook.${name}.json`, import.meta.url), 'utf8');

const LYTICS = { type: 'lytics', secrets: ['LYTICS'], credential: 'token' } as const;
const secrets = { lytics: ['ly'] };

let ingest: TestIngest;
beforeEach(async () => {
  ingest = await testIngest({ project: { ...PROJECT, sources: { lytics: LYTICS } }, secrets });
});
afterEach(() => ingest.close());

const post = async (body: string | object, headers = {}) => {
  const response = await ingest.post('/v1/sources/lytics', body, { authorization: 'Bearer ly', ...headers });
  return { status: response.status, ...((await response.json()) as object) };
};
const events = async (of = ingest) => (await inboxOf(of.store)).map((row) => row.event);
const TAKEN = { status: 200, accepted: 1, duplicates: 0, ignored: 0, quarantined: [] };

test('enter, its repetition, exit and change', async () => {
  expect(await post(sample('enter'))).toEqual(TAKEN);
  expect(await post(sample('enter'))).toMatchObject({ status: 200, accepted: 0, duplicates: 1 });
  expect(await post(sample('exit'))).toEqual(TAKEN);
  expect(await post(sample('change'))).toEqual(TAKEN);
  const [entered, exited, changed] = await events();
  expect(entered).toEqual({
    name: 'audience_entered',
    id: expect.any(String),
    dedupeKey: expect.stringContaining('8230771204419983321'),
    time: '2026-05-01T09:59:59.872Z',
    received: expect.any(String),
    source: 'lytics',
    contact: { email: 'mara.lindqvist@example.com', mobile: '+447700900123', external_id: 'NL-0048213' },
    aliases: [{ type: 'lytics_id', value: '8230771204419983321' }],
    profile: { set: { first_name: 'Mara', last_name: 'Lindqvist', is_bot: 'f' }, unset: [] },
    data: { audience: 'lapsed_30d_de', audience_id: '9b1f2c0d4e5a6b7c8d9e0f1a2b3c4d5e', backfill: true },
  });
  expect(exited).toMatchObject({
    name: 'audience_exited',
    time: '2026-05-03T07:12:31.114Z',
    data: { audience: 'lapsed_30d_de', backfill: false },
  });
  expect(changed).toMatchObject({ name: 'lytics_change', time: '2026-05-01T10:00:04.551Z' });
  expect(changed!.data).toEqual({ audience: 'lapsed_30d_de', audience_id: '9b1f2c0d4e5a6b7c8d9e0f1a2b3c4d5e' });
});

test('two audiences in one delivery are two events', async () => {
  expect(await post(sample('enter-and-exit-in-one'))).toMatchObject({ accepted: 2 });
  expect((await events()).map(({ name, data }) => [name, data.audience])).toEqual([
    ['audience_entered', 'lapsed_30d_de'],
    ['audience_exited', 'active_7d_de'],
  ]);
});

test('of a batch, who cannot be addressed is kept', async () => {
  expect(await post(sample('batch'))).toEqual({
    ...TAKEN,
    accepted: 2,
    quarantined: [{ index: 2, code: 'unaddressable', detail: expect.any(String) }],
  });
  expect((await events()).map(({ contact }) => contact.external_id)).toEqual(['NL-0048213', 'NL-0051007']);
});

test('as CloudEvents: an exit with the id of its enter is no repetition', async () => {
  expect(await post(sample('cloudevents.enter'))).toEqual(TAKEN);
  expect(await post(sample('cloudevents.exit-same-id'))).toEqual(TAKEN);
  const type = { 'content-type': 'application/cloudevents-batch+json' };
  expect(await post(sample('cloudevents.batch'), type)).toMatchObject({ accepted: 0, duplicates: 2 });
});

test('the profile may be the whole body, as templates write it', async () => {
  expect(await post(sample('flat'))).toEqual(TAKEN);
  expect((await events())[0]).toMatchObject({
    name: 'audience_exited',
    time: '2026-05-03T07:12:31.114Z',
    contact: { email: 'mara.lindqvist@example.com' },
    profile: { set: { first_name: 'Mara', is_bot: 'f' }, unset: [] },
    data: { audience: 'lapsed_30d_de' },
  });
});

test('an entry without a time of its own happened when it was sent', async () => {
  const { segment_events: _, ...user } = JSON.parse(sample('enter')).data;
  const body = { ...JSON.parse(sample('enter')), data: { ...user, segment_events: [{ event: 'exit', slug: 'vips' }] } };
  expect(await post(body)).toEqual(TAKEN);
  expect((await events())[0]!.time).toBe(new Date(body.meta.timestamp).toISOString());
});

test('entered just now is no backfill; `backfill: ignore` leaves out older ones only', async () => {
  const ignoring = await testIngest({
    project: { ...PROJECT, sources: { lytics: { ...LYTICS, backfill: 'ignore' } } },
    secrets,
  });
  const entered = (hours: number) => {
    const enter = new Date(Date.now() - hours * 3_600_000).toISOString();
    return {
      id: `${hours}`,
      data: { email: 'a@example.com', segment_events: [{ event: 'enter', slug: 'vips', enter }] },
    };
  };
  const response = await ignoring.post('/v1/sources/lytics', [entered(23), entered(25), JSON.parse(sample('exit'))], {
    authorization: 'Bearer ly',
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ accepted: 2, duplicates: 0, ignored: 1, quarantined: [] });
  expect((await events(ignoring)).map(({ name, data }) => [name, data.backfill])).toEqual([
    ['audience_entered', false],
    ['audience_exited', false],
  ]);
  await ignoring.close();
});

test.each<[what: string, body: object | string, code: string]>([
  ['no segment_events', { id: '1', data: { email: 'a@example.com' } }, 'invalid_event'],
  ['another event', { data: { email: 'a@example.com', segment_events: [{ event: 'stay' }] } }, 'invalid_event'],
  ['no audience', { data: { email: 'a@example.com', segment_events: [{ event: 'enter' }] } }, 'invalid_event'],
  ['no time', { data: { email: 'a@example.com', segment_events: [{ event: 'enter', slug: 's' }] } }, 'invalid_event'],
  [
    'a placeholder for an address',
    { data: { email: 'null', segment_events: [{ event: 'exit', slug: 's', exit: '2026-05-03T07:12:31Z' }] } },
    'unaddressable',
  ],
  ['a text', '"x"', 'invalid_event'],
])('%s: 200, and kept', async (_what, body, code) => {
  expect(await post(body)).toEqual({
    ...TAKEN,
    accepted: 0,
    quarantined: [{ index: 0, code, detail: expect.any(String) }],
  });
});

test('a slash at the end, and a key that is said twice, cost nothing', async () => {
  const twice = sample('enter').replace('"is_bot": "f"', '"is_bot": "t", "is_bot": "f"');
  expect(twice).not.toBe(sample('enter'));
  const response = await ingest.post('/v1/sources/lytics/?from=lytics', twice, { authorization: 'Bearer ly' });
  expect({ status: response.status, ...((await response.json()) as object) }).toEqual(TAKEN);
  expect((await events())[0]!.profile!.set.is_bot).toBe('f');
});

test('only what Lytics does not repeat, and 401', async () => {
  expect(await post('{')).toMatchObject({ status: 400, code: 'malformed_body' });
  expect(await post(sample('enter'), { 'content-type': 'text/plain' })).toEqual(TAKEN);
  expect(await post(sample('enter'), { authorization: 'Bearer no' })).toMatchObject({ status: 401 });
});

test('a profile that is too large leaves its largest fields behind, and the event is taken', async () => {
  const { data, ...body } = JSON.parse(sample('enter'));
  const visited = Array.from({ length: 3_000 }, (_, n) => `https://example.com/article/${n}/ü`);
  expect(await post({ ...body, data: { ...data, visited, segments_seen: visited.slice(0, 1_200) } })).toEqual(TAKEN);
  const [{ name, profile, notes }] = (await events()) as [Awaited<ReturnType<typeof events>>[0]];
  expect(name).toBe('audience_entered');
  expect(Object.keys(profile!.set)).toEqual(expect.arrayContaining(['first_name', 'segments_seen']));
  expect(profile!.set).not.toHaveProperty('visited');
  expect(notes).toEqual([{ pointer: '/profile/set', detail: expect.stringMatching(/65536 bytes: visited$/) }]);
});

test('parts of a key that hold its separator are told apart', async () => {
  const user = (id: string, slug: string) => ({
    id,
    data: { email: 'a@example.com', segment_events: [{ id: slug, event: 'exit', slug, exit: '2026-05-03T07:12:31Z' }] },
  });
  expect(await post([user('a|b', 'c'), user('a', 'b|c')])).toMatchObject({ accepted: 2 });
});
