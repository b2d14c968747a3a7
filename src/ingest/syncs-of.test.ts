import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestIngest, testIngest } from '../../test/support/ingest.ts';
import { compileProject } from '../compiler/catalogue.ts';
import { syncCalls } from '../delivery/sync-calls.ts';
import { takeSyncs } from '../delivery/sync-rows.ts';
import { SourceText } from '../source/text.ts';

const { project, diagnostics } = compileProject(
  new SourceText(
    'mapp.yaml',
    `project: shop
groups: { customers: "10144", gold: "10145" }
sources:
  mparticle:
    type: mparticle_firehose
    secret: MP
    write_through:
      attributes: { FirstName: FirstName, tier: loyalty_tier }
      audiences: { "VIP": customers }
  shop:
    type: api
    token: SHOP
    write_through: { attributes: all, audiences: { vip: gold }, consent: { email: customers } }
  mapp: { type: mapp_feedback, token: MAPP }
  lytics: { type: lytics, token: LYTICS }
exports:
  work: { source: lytics, audience: staff, identifier: work_email, group: gold }
  ids: { source: lytics, audience: staff, identifier: user_id, group: customers }
  vips: { source: shop, audience: vip, identifier: email, group: gold, dynamic_attributes: true }
`,
  ),
);

let ingest: TestIngest;
beforeAll(async () => {
  expect(diagnostics).toEqual([]);
  ingest = await testIngest({
    project: project!,
    secrets: { shop: ['s3cret'], mparticle: ['mp'], mapp: ['m4pp'], lytics: ['ly'] },
  });
});
afterAll(() => ingest.close());

const post = (body: object) => ingest.post('/v1/events', body, { authorization: 'Bearer s3cret' });
const firehose = (body: string | object) => ingest.post('/v1/sources/mparticle', body, { authorization: 'Token mp' });
async function syncs() {
  const rows = await ingest.store.db.selectFrom('syncs').selectAll().orderBy('target').execute();
  await ingest.store.db.deleteFrom('syncs').execute();
  return rows.map(({ target, value, job }) => [target, value, job]);
}
const user = { user_identities: [{ type: 'email', encoding: 'raw', value: 'ada@example.com' }] };
const message = (fields: object) => ({
  type: 'event_processing_request',
  id: 'm',
  timestamp_ms: 1_774_605_600_000,
  ...user,
  ...fields,
});

test('what mParticle says of a user, as far as the source lists it, and changes of attributes', async () => {
  const change = {
    type: 'user_attribute_change',
    id: 'c-1',
    timestamp_ms: 1_774_605_600_000,
    added: { tier: 'gold', x: '1' },
  };
  await firehose(message({ user_attributes: { $FirstName: 'Ada', other: 'y' }, events: [change] }));
  expect(await syncs()).toEqual([
    ['attribute/FirstName', 'Ada', 'source/mparticle'],
    ['attribute/loyalty_tier', 'gold', 'source/mparticle'],
  ]);
  await firehose(
    message({
      events: [
        { type: 'user_attribute_change', id: 'c-2', timestamp_ms: 1_774_605_600_001, removed: { tier: 'gold' } },
      ],
    }),
  );
  expect(await syncs()).toEqual([['attribute/loyalty_tier', null, 'source/mparticle']]);
  await firehose(
    message({
      runtime_environment: { is_debug: true },
      user_attributes: { tier: 'x' },
      events: [{ ...change, id: 'c-3' }],
    }),
  );
  expect(await syncs()).toEqual([]);
});

test('members of a mapped audience join and leave its group; a subscription fills it with those present', async () => {
  const change = (action: string, at: number) => ({
    type: 'audience_membership_change_request',
    id: `change-${at}`,
    timestamp_ms: at,
    user_profiles: [{ ...user, audiences: [{ audience_id: 4, audience_name: 'VIP', action, user_attributes: [] }] }],
  });
  await firehose(change('add', 1_774_605_600_000));
  expect(await syncs()).toEqual([['group/10144', true, 'source/mparticle']]);
  await firehose({
    type: 'audience_subscription_request',
    id: 's-1',
    timestamp_ms: 1_774_605_700_000,
    audience_id: 4,
    audience_name: 'VIP',
    action: 'add',
  });
  expect(await syncs()).toEqual([['group/10144', true, 'source/mparticle']]);
  await firehose(change('delete', 1_774_605_800_000));
  expect(await syncs()).toEqual([['group/10144', false, 'source/mparticle']]);
});

test('the own API: told changes, a group and an export from one event', async () => {
  const contact = { email: 'bob@example.com' };
  await post([
    { event: 'attribute_changed', contact, data: { name: 'City', to: 'Rome' } },
    { event: 'audience_entered', contact, data: { audience: 'vip' } },
    { event: 'audience_entered', contact, data: { audience: 'vip', backfill: true }, time: '2020-01-01T00:00:00Z' },
    { event: 'signup', contact, data: { City: 'not told of the contact' } },
  ]);
  expect(await syncs()).toEqual([
    ['attribute/10145_vip', 'true', 'export/vips'],
    ['attribute/City', 'Rome', 'source/shop'],
    ['group/10145', true, 'source/shop'],
  ]);
});

test('consent, as the source maps its channels', async () => {
  const contact = { email: 'bob@example.com' };
  await post({ event: 'preferences', contact, consent: { email: 'unsubscribed', sms: 'granted' } });
  expect(await syncs()).toEqual([['consent/10144', false, 'source/shop']]);
  await post({ event: 'preferences', contact, consent: { email: 'granted' } });
  expect(await syncs()).toEqual([['consent/10144', true, 'source/shop']]);
});

test('what Mapp says of consent is nothing to tell it, and nothing older goes out any more', async () => {
  const contact = { email: 'cleo@example.com' };
  const said = (event: string, fields: object) =>
    ingest.post(
      '/v1/sources/mapp',
      { event, email: contact.email, message_id: '1', time: '2026-03-27T12:00:00Z', ...fields },
      { authorization: 'Bearer m4pp' },
    );
  const states = async () => {
    const rows = await ingest.store.db.selectFrom('syncs').selectAll().execute();
    return rows.map(({ target, value, state }) => [target, value, state]);
  };
  await said('message_unsubscribed', {});
  expect(await states()).toEqual([['consent/10144', false, 'sent']]);
  const granted = (time: string) => post({ event: 'preferences', contact, consent: { email: 'granted' }, time });
  await granted('2026-03-27T11:00:00Z');
  expect(await states(), 'agreed before').toEqual([['consent/10144', false, 'sent']]);
  await granted('2026-03-27T13:00:00Z');
  expect(await states(), 'subscribes again').toEqual([['consent/10144', true, 'due']]);
  await said('consent_changed', { channel: 'email', consent: 'unsubscribed', time: '2026-03-27T14:00:00Z' });
  // The call may be on its way: what was taken back must follow it.
  expect(await states()).toEqual([['consent/10144', false, 'due']]);
  await ingest.store.db.deleteFrom('syncs').execute();
});

test('who agrees once more is told of again: Mapp may have heard an objection meanwhile that nobody told us', async () => {
  const contact = { email: 'dora@example.com', attributes: { City: 'Bonn' } };
  const agrees = (time: string) => post({ event: 'preferences', contact, consent: { email: 'granted' }, time });
  await agrees('2026-03-27T11:00:00Z');
  await ingest.store.db.updateTable('syncs').set({ state: 'sent' }).execute();
  await agrees('2026-03-27T12:00:00Z');
  const rows = await ingest.store.db.selectFrom('syncs').select(['target', 'state']).orderBy('target').execute();
  expect(rows).toEqual([
    { target: 'attribute/City', state: 'sent' },
    { target: 'consent/10144', state: 'due' },
  ]);
  await ingest.store.db.deleteFrom('syncs').execute();
});

test('an export names people by a field of Lytics, also those who have no other address', async () => {
  const enters = (profile: object) => {
    const segment_events = [{ id: '9b1f', slug: 'staff', event: 'enter', enter: new Date().toISOString() }];
    const body = { id: JSON.stringify(profile), data: { ...profile, segment_events } };
    return ingest.post('/v1/sources/lytics', body, { authorization: 'Bearer ly' });
  };
  expect(await (await enters({ work_email: 'erna@work.example' })).json()).toMatchObject({ accepted: 1 });
  expect(await (await enters({ email: 'fritz@example.com', user_id: 7 })).json()).toMatchObject({ accepted: 1 });
  const { calls, done } = syncCalls(await takeSyncs(ingest.store, 10), project!.exports!);
  expect(calls.map(({ body }) => body).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual([
    { email: 'erna@work.example', group: '10145', skipUnsubscribers: 'true', '10145:staff': 'true' },
    { externalID: '7', group: '10144', skipUnsubscribers: 'true', '10144:staff': 'true' },
  ]);
  // By this identifier and no other: neither goes out under an address that the export was not told to use.
  expect(done.map(({ row, state, reason }) => [row.job, state, reason]).sort()).toEqual([
    ['export/ids', 'skipped', 'no_address'],
    ['export/work', 'skipped', 'no_address'],
  ]);
  await ingest.store.db.deleteFrom('syncs').execute();
});
