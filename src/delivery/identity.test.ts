import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import { acceptEvents } from '../ingest/accept.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { lookupForm } from '../store/crypto/vault.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

function moved(from: Contact, to: Contact): CanonicalEvent {
  const id = randomUUID();
  const time = new Date().toISOString();
  const about = { name: 'identity_changed', id, dedupeKey: id, time, received: time, source: 'mp', data: {} };
  return { ...about, contact: to, identityChange: { from, to } };
}
const taken = async (email: string) => (await world.taken()).filter((one) => one.email === email).length;

it('an address that changes in the middle of a run: what is sent next goes to the new one, and only there', async () => {
  const [before, after] = ['before@example.com', 'after@example.com'];
  const entry = await world.run(await world.person({ email: before, external_id: 'x-1' }));
  const worker = world.worker('w1');
  await worker.deliver(effectOf(entry));
  await acceptEvents(world.store, [moved({ email: before }, { email: after })]);
  await worker.deliver(effectOf(entry, EMAIL, { step: 'send_email_2' }));
  expect([await taken(before), await taken(after)]).toEqual([1, 1]);
});

it('an address that somebody else keeps: nothing is sent to the old one, nor to theirs', async () => {
  await world.person({ email: 'theirs@example.com', external_id: 'x-3' });
  const entry = await world.run(await world.person({ email: 'mine@example.com', external_id: 'x-2' }));
  await acceptEvents(world.store, [moved({ email: 'mine@example.com' }, { email: 'theirs@example.com' })]);
  expect(await world.worker('w2').deliver(effectOf(entry))).toEqual({ outcome: 'skipped', reason: 'no_address' });
  expect([await taken('mine@example.com'), await taken('theirs@example.com')]).toEqual([0, 0]);
});

it('runs of both, after a merge, go to the one address, and count for one cap', async () => {
  const one = await world.run(await world.person({ email: 'old@example.com', external_id: 'x-4' }));
  const other = await world.run(await world.person({ email: 'new@example.com' }));
  await acceptEvents(world.store, [moved({ email: 'old@example.com' }, { email: 'new@example.com' })]);
  const worker = world.worker('w3');
  const limits = {
    caps: [{ messages: 1, per: { months: 0, days: 1, ms: 0 }, of: 'project' as const }],
  };
  expect(await worker.deliver(effectOf(one, EMAIL, { limits }))).toEqual({ outcome: 'accepted' });
  expect(await worker.deliver(effectOf(other, EMAIL, { limits }))).toEqual({ outcome: 'skipped', reason: 'cap' });
  expect(await worker.deliver(effectOf(other, EMAIL, { step: 'again' }))).toEqual({ outcome: 'accepted' });
  expect([await taken('old@example.com'), await taken('new@example.com')]).toEqual([0, 2]);
});

it('another address beside a known identifier: of the two, messages go to the one that came last', async () => {
  const named = (contact: Contact): CanonicalEvent => {
    const { identityChange: _, ...event } = moved({}, contact);
    return event;
  };
  // In the order of their letters the first would come last.
  for (const [first, second] of [
    ['z@example.com', 'a@example.com'],
    ['b@example.com', 'y@example.com'],
  ] as const) {
    const known = { external_id: `two-${first}` };
    await acceptEvents(world.store, [named({ ...known, email: first })]);
    await acceptEvents(world.store, [named({ ...known, email: second })]);
    await acceptEvents(world.store, [named({ email: first })]);
    const { person } = await world.store.db
      .selectFrom('identifiers')
      .select('person')
      .where('value', '=', lookupForm(world.store.db, 'external_id', known.external_id))
      .executeTakeFirstOrThrow();
    await world.worker(`w-${first}`).deliver(effectOf(await world.run(person)));
    expect([await taken(first), await taken(second)]).toEqual([0, 1]);
  }
});
