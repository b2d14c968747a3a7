/** Counts, calls about no contact, deletion, and what a step's settings decide in an operator's place. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import type { Effect, Operation } from '../plan/effect.ts';
import type { Json } from '../plan/json.ts';
import { claim } from './claim.ts';
import { count } from './count.ts';
import type { Delivery } from './delivery.ts';
import { resolve } from './resolve.ts';

let world: DeliveryWorld;
let worker: Delivery;
beforeAll(async () => {
  world = await deliveryWorld();
  worker = world.worker('w1');
});
afterAll(() => world.close());
beforeEach(() => world.faults());

let steps = 0;
function effectFor(entry: string, operation: Operation, more: Partial<Effect> = {}): Effect {
  steps += 1;
  return effectOf(entry, operation, { step: `s${steps}`, ...more });
}
const add = (by: number, more: object = {}): Operation => ({ type: 'count', add: { Score: by }, ...more });
const stored = (value: Json) => ({ value, at: '2026-01-01T00:00:00.000Z', by: 'shop' });
const resolved = (key: string, as: 'sent' | 'resend' | 'skip') =>
  world.store.db.transaction().execute((trx) => resolve(trx, key, as));
let people = 0;
async function person(score?: Json): Promise<string> {
  people += 1;
  return world.person({ email: `p${people}@example.com` }, score === undefined ? {} : { Score: stored(score) });
}
const written = async (email: string) =>
  (await world.taken()).filter((body) => body.email === email).map((body) => body.Score);

describe('a count', () => {
  it('begins at 0 and goes on from what it wrote, and from what a producer says', async () => {
    const entry = await world.run(await person());
    expect(await worker.deliver(effectFor(entry, add(1)))).toEqual({ outcome: 'accepted', answer: { Score: 1 } });
    expect(await worker.deliver(effectFor(entry, add(0.1)))).toEqual({ outcome: 'accepted', answer: { Score: 1.1 } });
    expect(await worker.deliver(effectFor(entry, add(-2)))).toEqual({ outcome: 'accepted', answer: { Score: -0.9 } });
    expect(await written(`p${people}@example.com`)).toEqual(['1', '1.1', '-0.9']);
    const texts = await world.run(await person(' 41 '));
    expect(await worker.deliver(effectFor(texts, add(1)))).toMatchObject({ answer: { Score: 42 } });
  });

  it('is computed once: a redone effect answers the same, and writes nothing', async () => {
    const entry = await world.run(await person(5));
    const effect = effectFor(entry, add(1));
    await worker.deliver(effect);
    await worker.deliver(effectFor(entry, add(1)));
    expect(await world.worker('w2').deliver(effect)).toEqual({ outcome: 'accepted', answer: { Score: 6 } });
    expect(await written(`p${people}@example.com`)).toEqual(['6', '7']);
  });

  it('whose worker died after it was computed writes that value, whatever has happened since', async () => {
    const entry = await world.run(await person(5));
    const effect = effectFor(entry, add(1, { set: { Score: 6 } }));
    await claim(world.store, 'dead', [effect]);
    await world.endLease(effect.key);
    expect(await worker.deliver({ ...effect, operation: add(1) })).toEqual({
      outcome: 'accepted',
      answer: { Score: 6 },
    });
  });

  it('of several runs of one person, in two workers at once, loses none', async () => {
    const who = await person(0);
    const runs = await Promise.all(Array.from({ length: 8 }, () => world.run(who)));
    const other = world.worker('w2');
    await Promise.all(runs.map((entry, at) => (at % 2 === 0 ? worker : other).deliverLater(effectFor(entry, add(1)))));
    const { contact } = await worker.read({ key: `read/${who}`, entry: runs[0]!, contact: ['Score'], groups: [] });
    expect(contact).toEqual({ Score: 8 });
  });

  it('of many people at once goes in one call; one that is no number, or another of the same person, costs nobody theirs', async () => {
    const who = await Promise.all(Array.from({ length: 50 }, (_, n) => person(n === 7 ? 'gold' : n)));
    const effects = await Promise.all(who.map(async (id) => effectFor(await world.run(id), add(1))));
    const again = effectFor(await world.run(who[3]!), add(1));
    const answers = await Promise.all([...effects, again].map((effect) => worker.deliverLater(effect)));
    expect(answers.slice(0, 50).map((one) => (one.outcome === 'accepted' ? one.answer!.Score : one.outcome))).toEqual(
      Array.from({ length: 50 }, (_, n) => (n === 7 ? 'rejected' : n === 3 ? expect.toBeOneOf([4, 5]) : n + 1)),
    );
    expect([answers[3], answers[50]]).toContainEqual({ outcome: 'accepted', answer: { Score: 5 } });
  });

  it('is claimed for one run of a person at a time, and a row that is gone costs nobody theirs', async () => {
    const [one, other] = [await person(1), await person(2)];
    const effects = await Promise.all(
      [one, one, other].map(async (id) => effectFor(await world.run(id), add(1), { step: 'same' })),
    );
    await claim(world.store, 'w1', effects);
    const keys = effects.map(({ key }) => key);
    const [first, second, third, gone] = await count(world.store, [...keys, 'nobody/1']);
    expect([first, second]).toContainEqual({ set: { Score: 2 } });
    expect([first, second]).toContainEqual({ busy: true });
    expect([third, gone]).toEqual([{ set: { Score: 3 } }, null]);
    expect(await count(world.store, keys), 'computed once').toEqual([first, second, third]);
  });

  it('of what is no number is refused', async () => {
    const effect = effectFor(await world.run(await person('gold')), add(1));
    const reason = 'attribute "Score" holds no number, so nothing can be added to it';
    expect(await worker.deliver(effect)).toEqual({ outcome: 'rejected', reason });
  });

  it('of a member attribute counts on its own', async () => {
    const entry = await world.run(await person(5));
    const group = { name: 'vips', id: '10145' };
    await worker.deliver(effectFor(entry, { type: 'profile', set: { Score: 10 }, group }));
    expect(await worker.deliver(effectFor(entry, add(1, { group })))).toMatchObject({ answer: { Score: 11 } });
    expect(await worker.deliver(effectFor(entry, add(1)))).toMatchObject({ answer: { Score: 6 } });
    expect((await world.taken()).slice(-2)).toMatchObject([{ '10145:Score': '11' }, { Score: '6' }]);
  });
});

describe('calls about no contact', () => {
  it('go out for one without any address', async () => {
    const entry = await world.run(await world.person({}));
    const coupon: Operation = {
      type: 'record',
      action: 'save',
      record: 'coupon',
      fields: { listName: 'spring', value: '1' },
    };
    expect(await worker.deliver(effectFor(entry, coupon))).toEqual({ outcome: 'accepted' });
    expect(await worker.deliver(effectFor(entry, add(1)))).toEqual({ outcome: 'skipped', reason: 'no_address' });
  });
});

describe('a deleted contact', () => {
  it('is in no group, and has lost the id that Mapp gave it', async () => {
    const who = await world.person({ email: 'gone@example.com', mapp_id: '77' });
    const entry = await world.run(who);
    const join: Operation = { type: 'group', action: 'add', group: { name: 'vips', id: '10145' }, optIn: 'single' };
    await worker.deliver(effectFor(entry, join));
    expect(await worker.deliver(effectFor(entry, { type: 'delete_contact' }))).toEqual({ outcome: 'accepted' });
    const { groups } = await worker.read({ key: `read/${who}`, entry, contact: [], groups: ['10145'] });
    expect(groups).toEqual({ '10145': false });
    await worker.deliver(effectFor(entry, add(1)));
    expect((await world.taken()).slice(-2)).toMatchObject([
      { userID: '77', delete: 'true' },
      { email: 'gone@example.com' },
    ]);
  });
});

describe('what the step decides', () => {
  it.each(['resend', 'skip'] as const)('%s stands in the ledger, and is answered again', async (resolution) => {
    await world.faults({ drop: 'after', times: 1 });
    const effect = effectFor(await world.run(await person()), EMAIL, { decides: { unknown: resolution } });
    const result = await world.worker(`a-${resolution}`).deliver(effect);
    expect(result).toMatchObject({ outcome: 'unknown', resolution });
    expect(await world.worker(`b-${resolution}`).deliver(effect)).toEqual(result);
  });

  it('of a refusal likewise', async () => {
    const other = world.worker('w4');
    await world.faults({ status: 400, times: 1 });
    const effect = effectFor(await world.run(await person()), EMAIL, { decides: { rejected: 'skip' } });
    expect(await other.deliver(effect)).toMatchObject({ outcome: 'rejected', resolution: 'skip' });
    expect(await resolved(effect.key, 'resend')).toMatchObject({ resolved: false, found: 'rejected' });
  });

  it('holds for a send whose worker is gone', async () => {
    const effect = effectFor(await world.run(await person()), EMAIL, { decides: { unknown: 'skip' } });
    await claim(world.store, 'dead', [effect]);
    await world.endLease(effect.key);
    expect(await world.worker('w5').deliver(effect)).toMatchObject({ outcome: 'unknown', resolution: 'skip' });
  });

  it('gives way to an operator who was first', async () => {
    const effect = effectFor(await world.run(await person()), EMAIL);
    await claim(world.store, 'dead', [effect]);
    await world.endLease(effect.key);
    expect(await resolved(effect.key, 'sent')).toMatchObject({ resolved: true });
    const late = { ...effect, decides: { unknown: 'resend' } } as const;
    expect(await world.worker('w6').deliver(late)).toEqual({ outcome: 'accepted' });
  });

  it('has nothing to look in without Mapp Engage', async () => {
    const effect = effectFor(await world.run(await person()), EMAIL, { decides: { unknown: 'reconcile' } });
    await claim(world.store, 'dead', [effect]);
    await world.endLease(effect.key);
    const result = await world.worker('w7').deliver(effect);
    expect(result).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('needs Mapp Engage') });
    expect(result).not.toHaveProperty('resolution');
  });
});
