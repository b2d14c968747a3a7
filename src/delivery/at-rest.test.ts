/** What the tables of the running side hold of a person, read as the bytes that stand there. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import { mergePersons } from '../ingest/merge-persons.ts';
import { countDeliveries } from '../operate/deliveries.ts';
import type { AnyEffect, Handover, Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import { isUnchanged } from '../plan/told.ts';
import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { json } from '../store/store.ts';
import { putSyncs } from '../store/syncs.ts';
import { claim } from './claim.ts';
import { settle } from './settle.ts';
import { settleSyncs, takeSyncs } from './sync-rows.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** answers whatever it is asked with what it was asked */
const echo = createServer(async (request, response) => {
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk as Buffer);
  const status = request.url!.includes('refuse') ? 400 : 200;
  response.writeHead(status, { 'content-type': 'application/json' }).end(Buffer.concat(body));
});
closing.push(() => new Promise<void>((resolve) => void echo.close(() => resolve())));

const MARK = `mark${randomBytes(8).toString('hex')}`;
const marked = (what: string) => `${what}-${MARK}`;

async function world(keys: readonly Buffer[]) {
  const made = await deliveryWorld({ keys });
  closing.push(() => made.close());
  const names = ['attribute_changed', 'group_joined', 'message_sent'];
  await made.store.db
    .insertInto('meta')
    .values({ key: HEARD_CHANGES, value: json(names) })
    .execute();
  return made;
}

/** Every kind of effect, and how each may end; how many there were of each outcome. */
async function live({ store, worker, person, run }: Awaited<ReturnType<typeof world>>) {
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/${marked('path')}`;
  const who = await person(
    { email: `${marked('to')}@example.com`, mapp_id: '12345' },
    { City: { value: marked('city'), at: '2026-01-01T00:00:00.000Z', by: 'shop' } },
  );
  const entry = await run(who);
  const hook = {
    type: 'webhook',
    method: 'POST',
    url,
    headers: { 'x-who': marked('header') },
    body: { who: marked('body') },
    timeout: 10_000,
    expect: null,
    bearer: null,
  } as const;
  const fields = { orderId: marked('order'), status: marked('status') };
  const emit: Handover = { type: 'handover', event: 'bought', flow: null, data: { a: marked('data') }, contact: null };
  const operations: readonly (Operation | Handover)[] = [
    { ...EMAIL, parameters: { a: marked('parameter') }, set: { B: marked('set') }, transactionId: marked('id') },
    { type: 'profile', set: { Street: marked('street'), City: marked('town'), Gone: null } },
    { type: 'profile', set: { Tier: marked('tier') }, group: { name: 'vips', id: '77' } },
    { type: 'group', action: 'add', group: { name: 'vips', id: '77' }, optIn: 'single' },
    { type: 'record', action: 'save', record: 'transaction', fields },
    { type: 'record', action: 'remove', record: 'related_data', fields: {}, filter: { a: marked('filter') } },
    { type: 'automation', event: 'begin', fields: { a: marked('automation') } },
    hook,
    { ...hook, url: `${url}/refuse`, expect: [200] },
    emit,
    { ...emit, event: 'from_flow', flow: 'other', contact: { email: `${marked('friend')}@example.com` } },
  ];
  const acting = worker('w1');
  const outcomes: string[] = [];
  for (const [n, operation] of operations.entries()) {
    const effect = { ...effectOf(entry, EMAIL, { step: `s${n}` }), operation } as AnyEffect;
    outcomes.push((await acting.deliver(effect)).outcome);
  }
  const read = await acting.read({ key: 'r', entry, contact: ['email', 'City', 'Street', '77:Tier'], groups: [] });
  await putSyncs(store.db, [
    {
      person: who,
      target: 'attribute/City',
      job: 'source/shop',
      value: marked('sync'),
      address: { email: `${marked('own')}@example.com` },
      at: '2026-01-01T00:00:00.000Z',
    },
  ]);
  const [row] = await takeSyncs(store, 10);
  expect(row).toMatchObject({ value: marked('sync'), address: { email: `${marked('own')}@example.com` } });
  await settleSyncs(store, [{ row: row!, state: 'rejected', reason: `400: ${marked('refused')}` }], null);
  return { outcomes, read, counts: await countDeliveries(store, {}) };
}

async function tablesWith(store: Awaited<ReturnType<typeof world>>['store']): Promise<string[]> {
  const { rows: tables } = await store.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = current_schema() order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await store.pool.query(`select from "${name}" t where t::text like $1 limit 1`, [`%${MARK}%`]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

it('holds a person openly without a key, and with one nowhere; effects, reads and events are the same', async () => {
  const plain = await world([]);
  const sealed = await world([randomBytes(32)]);
  const told = await live(plain);
  await new Promise<void>((resolve) => void echo.close(() => resolve()));
  expect(await live(sealed)).toEqual(told);
  expect(told.outcomes).toEqual([...Array(8).fill('accepted'), 'rejected', 'accepted', 'accepted']);
  expect(told.read.contact).toMatchObject({
    City: marked('town'),
    Street: marked('street'),
    '77:Tier': marked('tier'),
  });
  expect(told.counts).toContainEqual({ state: 'rejected', count: 1, reason: expect.stringContaining(MARK) });

  expect(await tablesWith(plain.store)).toEqual(['deliveries', 'identifiers', 'inbox', 'persons', 'reads', 'syncs']);
  expect(await tablesWith(sealed.store)).toEqual([]);

  const all = async ({ store }: typeof plain) => ({
    deliveries: await store.db
      .selectFrom('deliveries')
      .select(['step', 'target', 'operation', 'answer', 'reason', 'address'])
      .orderBy('step')
      .execute(),
    events: (await store.db.selectFrom('inbox').select('event').orderBy('id').execute()).map(({ event }) => ({
      ...{ name: event.name, data: { ...event.data, run: null } },
    })),
    attributes: (await store.db.selectFrom('persons').select('attributes').execute()).map(({ attributes }) =>
      Object.entries(attributes)
        .map(([name, { value, by }]) => [name, value, by])
        .sort(),
    ),
  });
  const [before, after] = [await all(plain), await all(sealed)];
  const port = /127\.0\.0\.1:\d+/g;
  expect(JSON.parse(JSON.stringify(after).replace(port, ''))).toEqual(
    JSON.parse(JSON.stringify(before).replace(port, '')),
  );
  expect(before.events.map(({ name }) => name)).toContain('attribute_changed');
});

it('of persons merged in the middle of a write is compared after all', async () => {
  const { store, person, run, worker } = await world([randomBytes(32)]);
  const gold = { Tier: { value: 'gold', at: '2026-01-01T00:00:00.000Z', by: 'shop' } };
  const size = { Size: { value: 'XL', at: '2026-01-01T00:00:00.000Z', by: 'shop' } };
  const [remains, merged] = [await person({}, gold), await person({ email: 'm@example.com' })];
  const late = await person({}, size);
  const merge = (one: string) => store.db.transaction().execute((trx) => mergePersons(trx, remains, one));
  const events = async () => {
    const rows = await store.db.selectFrom('inbox').select('event').where('name', '=', 'attribute_changed').execute();
    return rows.map(({ event }) => event);
  };
  const entry = await run(merged);
  const set = { type: 'profile', set: { Tier: 'gold' } } as const;
  const effect = effectOf(entry, set, { step: 'before' });
  await claim(store, 'w1', [effect]);
  await merge(merged);
  await settle(store, 'w1', [{ key: effect.key, outcome: 'accepted', reason: null }]);
  const [told, ...others] = await events();
  expect([told!.data, others]).toEqual([{ name: 'Tier', from: 'gold', to: 'gold' }, []]);
  expect(isUnchanged(told!, undefined)).toBe(true);

  // Whatever is claimed after a merge, and whatever it brought along, is sealed for whoever remains.
  const write = (step: string, values: JsonObject) =>
    worker('w2').deliver(effectOf(entry, { type: 'profile', set: values }, { step }));
  await merge(late);
  await write('s1', { Tier: 'silver', Size: 'XL' });
  await write('s2', { Tier: 'silver', Size: 'XL' });
  expect((await events()).slice(1).map(({ data }) => data)).toEqual([{ name: 'Tier', from: 'gold', to: 'silver' }]);
});
