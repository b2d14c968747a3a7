import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import type { Effect, Operation } from '../plan/effect.ts';
import type { Cap, Limits } from '../plan/limits.ts';
import type { Delivery } from './delivery.ts';

let world: DeliveryWorld;
let worker: Delivery;
beforeAll(async () => {
  world = await deliveryWorld();
  worker = world.worker('w1');
});
afterAll(() => world.close());

const rowsOf = async (entry: string) => (await world.rows()).filter(({ key }) => key.startsWith(entry));
const message = (
  entry: string,
  step: string,
  limits: Limits,
  operation: Operation = EMAIL,
  more: Partial<Effect> = {},
) => effectOf(entry, operation, { step, limits, ...more });
const ACCEPTED = { outcome: 'accepted' };
const CAPPED = { outcome: 'skipped', reason: 'cap' };

describe('quiet hours', () => {
  const noon = Date.parse('2026-01-16T12:00:00Z');
  /** as if it were noon in London now */
  const quiet = (timezone: string) => ({
    quiet: {
      hours: { from: 12 * 60, to: 18 * 60, timezone },
      zone: 'Europe/London',
      ahead: noon + 60_000 - Date.now(),
    },
  });
  const at = (moment: string) => ({ outcome: 'hold', until: Date.parse(moment), why: 'quiet' });

  it('nothing is written down, and the same key goes out later', async () => {
    const entry = await world.run(await world.person({ email: 'quiet@example.com' }));
    const held = message(entry, 'one', quiet('Europe/London'));
    expect(await worker.deliver(held)).toEqual(at('2026-01-16T18:00:00Z'));
    expect(await worker.deliverLater(held)).toEqual(at('2026-01-16T18:00:00Z'));
    expect(await rowsOf(entry)).toEqual([]);
    expect(await worker.deliver({ ...held, limits: {} })).toEqual(ACCEPTED);
    // a task that is redone hears of the row, whatever the hour
    expect(await worker.deliver(held)).toEqual(ACCEPTED);
  });

  it("are those of the contact's own zone, else of the next outer one", async () => {
    const own = await world.person({ email: 'ny@example.com' }, zone('America/New_York'));
    const unknown = await world.person({ email: 'nowhere@example.com' }, zone('Nowhere/Nothing'));
    expect(await worker.deliver(message(await world.run(own), 'one', quiet('contact')))).toEqual(ACCEPTED);
    expect(await worker.deliver(message(await world.run(unknown), 'one', quiet('contact')))).toEqual(
      at('2026-01-16T18:00:00Z'),
    );
  });

  const zone = (value: string) => ({ TimeZone: { value, at: new Date(0).toISOString(), by: 'shop' } });
});

describe('late', () => {
  it('is skipped with that reason, or held until its next window', async () => {
    const entry = await world.run(await world.person({ email: 'late@example.com' }));
    const late = { outcome: 'skipped', reason: 'late' };
    expect(await worker.deliver(message(entry, 'one', { late: 'skip' }))).toEqual(late);
    expect(await worker.deliver(message(entry, 'one', {}))).toEqual(late);
    expect(await worker.deliver(message(entry, 'two', { late: 99 }))).toEqual({
      outcome: 'hold',
      until: 99,
      why: 'late',
    });
    expect(await rowsOf(entry)).toMatchObject([{ state: 'skipped', reason: 'late' }]);
  });
});

describe('caps', () => {
  const DAY: Cap['per'] = { months: 0, days: 1, ms: 0 };
  const cap = (messages: number, of: Cap['of'] = 'project'): Limits => ({ caps: [{ messages, per: DAY, of }] });

  it('hold over all runs of a person, however many ask at once', async () => {
    const ada = await world.person({ email: 'ada@example.com' });
    const ben = await world.person({ email: 'ben@example.com' });
    const runs = await Promise.all([1, 2, 3, 4, 5].map(() => world.run(ada)));
    const others = [worker, world.worker('w2'), world.worker('w3')];
    const answers = await Promise.all([
      ...runs.map((run, n) => others[n % 3]!.deliver(message(run, 'one', cap(2)))),
      worker.deliver(message(await world.run(ben), 'one', cap(2))),
    ]);
    expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(3);
    expect(answers.filter(({ outcome }) => outcome === 'skipped')).toEqual([CAPPED, CAPPED, CAPPED]);
    expect(answers.at(-1)).toEqual(ACCEPTED);
  });

  it('count neither transactional messages, nor those of before, nor another attempt of the same step', async () => {
    const person = await world.person({ email: 'cleo@example.com', mobile: '491701234567' });
    const run = await world.run(person);
    const paid: Operation = { ...EMAIL, priority: 'transactional' };
    expect(await worker.deliver(message(run, 'invoice', {}, paid))).toEqual(ACCEPTED);
    const first = message(run, 'one', cap(1));
    expect(await worker.deliver(first)).toEqual(ACCEPTED);
    expect(await worker.deliver(message(run, 'one', cap(1), EMAIL, { generation: 2 }))).toEqual(ACCEPTED);
    expect(await worker.deliver(message(run, 'two', cap(1)))).toEqual(CAPPED);
    await world.store.db
      .updateTable('deliveries')
      .set({ created_at: new Date(Date.now() - 25 * 3_600_000) })
      .where('entry', '=', run)
      .execute();
    expect(await worker.deliver(message(run, 'three', cap(1)))).toEqual(ACCEPTED);
  });

  it("a flow's own counts its own messages, one of a channel those of the channel", async () => {
    const person = await world.person({ email: 'dora@example.com' });
    const [run, other] = [await world.run(person), await world.run(person)];
    await world.store.db.updateTable('entries').set({ flow: 'other' }).where('id', '=', other).execute();
    expect(await worker.deliver(message(other, 'one', cap(1, 'flow')))).toEqual(ACCEPTED);
    expect(await worker.deliver(message(run, 'one', cap(1, 'flow')))).toEqual(ACCEPTED);
    const sms: Limits = { caps: [{ messages: 1, per: DAY, channel: 'sms', of: 'project' }] };
    expect(await worker.deliver(message(run, 'two', sms))).toEqual(ACCEPTED);
    expect(await worker.deliver(message(run, 'three', cap(1, 'flow')))).toEqual(CAPPED);
  });

  it('count for who remains after a merge', async () => {
    const [merged, remains] = [await world.person({}), await world.person({ email: 'emil@example.com' })];
    const before = await world.run(merged);
    await world.store.db.updateTable('persons').set({ merged_into: remains }).where('id', '=', merged).execute();
    expect(await worker.deliver(message(before, 'one', cap(1)))).toEqual(ACCEPTED);
    expect(await worker.deliver(message(await world.run(remains), 'one', cap(1)))).toEqual(CAPPED);
  });

  it('shrink with the speed of `dev`', async () => {
    const run = await world.run(await world.person({ email: 'fast@example.com' }));
    expect(await worker.deliver(message(run, 'one', { ...cap(1), speed: 1e12 }))).toEqual(ACCEPTED);
    expect(await worker.deliver(message(run, 'two', { ...cap(1), speed: 1e12 }))).toEqual(ACCEPTED);
  });
});
