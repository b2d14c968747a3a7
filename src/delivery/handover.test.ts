import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, effectOf } from '../../test/support/delivery.ts';
import type { AnyEffect, Effect, Handover } from '../plan/effect.ts';
import type { Delivery } from './delivery.ts';
import { resolve } from './resolve.ts';

let world: DeliveryWorld;
let worker: Delivery;
beforeAll(async () => {
  world = await deliveryWorld();
  worker = world.worker('w1');
});
afterAll(() => world.close());

const EMIT: Handover = { type: 'handover', event: 'bought', flow: null, data: { total: 20 }, contact: null };
const effect = (entry: string, operation: Handover = EMIT, more: Partial<Effect> = {}): AnyEffect => ({
  ...effectOf(entry, undefined, { kind: 'emit', step: 'emit_1', ...more }),
  operation,
});
const inbox = (key: string) => world.store.db.selectFrom('inbox').selectAll().where('dedupe_key', '=', key).execute();
const rows = (key: string) =>
  world.store.db
    .selectFrom('deliveries')
    .select(['kind', 'target', 'state', 'reason'])
    .where('key', '=', key)
    .execute();

describe('a handover', () => {
  it('is one row of the inbox and one of the ledger, however often it is asked for, and readies the person', async () => {
    const person = await world.person({ email: 'ada@example.com' });
    const asked = effect(await world.run(person));
    const other = world.worker('w2');
    const answers = await Promise.all([worker.deliver(asked), other.deliver(asked), worker.deliverLater(asked)]);
    expect(answers).toEqual([{ outcome: 'accepted' }, { outcome: 'accepted' }, { outcome: 'accepted' }]);
    const [row, ...more] = await inbox(asked.key);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ source: 'flows', person, name: 'bought', state: 'new' });
    expect(row!.event).toMatchObject({
      id: asked.key,
      data: { total: 20 },
      origin: { flow: 'welcome', entry: asked.entry },
    });
    expect(row!.event).not.toHaveProperty('flow');
    expect(await rows(asked.key)).toEqual([{ kind: 'emit', target: 'bought', state: 'accepted', reason: null }]);
    const found = await world.store.db.selectFrom('persons').select('ready_at').where('id', '=', person).execute();
    expect(found[0]!.ready_at).not.toBeNull();
  });

  it('goes to the person who remains after a merge', async () => {
    const [merged, remains] = [await world.person({}), await world.person({ email: 'ben@example.com' })];
    await world.store.db.updateTable('persons').set({ merged_into: remains }).where('id', '=', merged).execute();
    const asked = effect(await world.run(merged));
    await worker.deliver(asked);
    expect((await inbox(asked.key))[0]!.person).toBe(remains);
  });

  it('names the flow to start, and another contact, who is found or made', async () => {
    const entry = await world.run(await world.person({ email: 'cleo@example.com' }));
    const contact = { email: ' Dora@Example.com' };
    const start: Handover = { ...EMIT, event: 'from_flow', flow: 'referral', contact };
    const first = effect(entry, start);
    const second = effect(entry, { ...start, contact: { email: 'dora@example.com' } }, { step: 'again' });
    await worker.deliver(first);
    await worker.deliver(second);
    const [one] = await inbox(first.key);
    const [two] = await inbox(second.key);
    expect(one!.event).toMatchObject({ name: 'from_flow', flow: 'referral', contact: { email: 'Dora@Example.com' } });
    expect(two!.person).toBe(one!.person);
    const dora = await world.store.db
      .selectFrom('persons')
      .select('first_identifier')
      .where('id', '=', one!.person)
      .executeTakeFirst();
    expect(dora).toEqual({ first_identifier: 'dora@example.com' });
    expect((await rows(first.key))[0]).toMatchObject({ target: 'referral', state: 'accepted' });
  });

  it('stops at the barrier, as a send does', async () => {
    const entry = await world.run(await world.person({ email: 'emil@example.com' }));
    await world.store.db.updateTable('entries').set({ sent_n: 2 }).where('id', '=', entry).execute();
    expect(await worker.deliver(effect(entry))).toEqual({ outcome: 'look', n: 2 });
    expect(await inbox(effect(entry).key)).toEqual([]);
    expect(await worker.deliver(effect(entry, EMIT, { n: 2 }))).toEqual({ outcome: 'accepted' });
  });

  it('with an identifier that is none is refused, and freed by an operator', async () => {
    const entry = await world.run(await world.person({ email: 'fay@example.com' }));
    const asked = effect(entry, { ...EMIT, contact: { email: 'nobody' } });
    const reason = 'email is not an e-mail address, such as ada@example.com';
    expect(await worker.deliver(asked)).toEqual({ outcome: 'rejected', reason });
    expect(await inbox(asked.key)).toEqual([]);
    await world.store.db.transaction().execute((trx) => resolve(trx, asked.key, 'skip'));
    expect(await worker.deliver(asked)).toEqual({ outcome: 'skipped', reason: 'operator' });
    const settings = { step: 'lenient', decides: { rejected: 'skip' } } as const;
    const lenient = effect(entry, { ...EMIT, contact: { email: 'nobody' } }, settings);
    for (const _ of [1, 2]) {
      expect(await worker.deliver(lenient)).toEqual({ outcome: 'rejected', reason, resolution: 'skip' });
    }
  });

  it('waits while the worker stops, and for a run that the store does not know', async () => {
    const entry = await world.run(await world.person({ email: 'gil@example.com' }));
    const unknown = effect('00000000-0000-4000-8000-000000000000');
    expect(await worker.deliver(unknown)).toMatchObject({ outcome: 'deferred' });
    const stopping = world.worker('w3');
    await stopping.drain();
    expect(await stopping.deliver(effect(entry))).toMatchObject({ outcome: 'deferred' });
    expect(await inbox(effect(entry).key)).toEqual([]);
  });
});
