/** The claim of the ledger judges consent as virtual time does, over what the store knows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import { type ConsentWord, factOf, refusedBy } from '../plan/consent.ts';
import type { Contact } from '../plan/event.ts';
import { tellConsents } from '../store/consents.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

const tell = (person: string, word: ConsentWord, at: string, contact?: Contact) =>
  tellConsents(world.store.db, [{ person, consent: { email: word }, at, by: 'test', ...(contact && { contact }) }]);

const WORDS: ConsentWord[] = ['granted', 'unsubscribed', 'blocked', 'deliverable'];
const said = WORDS.flatMap((first) => WORDS.map((second): [ConsentWord, ConsentWord] => [first, second]));

describe('two words, one after the other', () => {
  it.each(said)('%s, then %s', async (first, second) => {
    for (const priority of ['normal', 'transactional'] as const) {
      const { person, entry } = await world.someone();
      await tell(person, first, '2026-03-01T10:00:00Z');
      await tell(person, second, '2026-03-02T10:00:00Z');
      const facts = Object.fromEntries([first, second].map(factOf).map(({ fact, holds }) => [fact, holds]));
      const reason = refusedBy(facts, priority);
      const result = await world.worker('w1').deliver(effectOf(entry, { ...EMAIL, priority }));
      expect(result).toEqual(reason === null ? { outcome: 'accepted' } : { outcome: 'skipped', reason });
    }
  });
});

describe('consent', () => {
  it('the last word by its time stands, whichever comes first', async () => {
    const { person, entry } = await world.someone();
    await tell(person, 'granted', '2026-03-02T10:00:00Z');
    await tell(person, 'unsubscribed', '2026-03-01T10:00:00Z');
    expect(await world.worker('w1').deliver(effectOf(entry))).toEqual({ outcome: 'accepted' });
  });

  it('is a matter of each channel', async () => {
    const { person, entry } = await world.someone();
    await tellConsents(world.store.db, [
      { person, consent: { sms: 'unsubscribed', push: 'blocked' }, at: '2026-03-01T10:00:00Z', by: 'test' },
    ]);
    expect(await world.worker('w1').deliver(effectOf(entry))).toEqual({ outcome: 'accepted' });
  });

  it('a block is about one address: a new one is written to', async () => {
    const { person, entry, email } = await world.someone();
    await tell(person, 'blocked', '2026-03-01T10:00:00Z', { email: email.toUpperCase() });
    const skipped = { outcome: 'skipped', reason: 'blocked' };
    expect(await world.worker('w1').deliver(effectOf(entry))).toEqual(skipped);
    await world.store.db.deleteFrom('identifiers').where('person', '=', person).execute();
    const fresh = `new-${email}`;
    await world.store.db
      .insertInto('identifiers')
      .values({ kind: 'email', value: fresh, display: fresh, person })
      .execute();
    const next = effectOf(entry, EMAIL, { step: 'send_email_2' });
    expect(await world.worker('w1').deliver(next)).toEqual({ outcome: 'accepted' });
  });

  it('of a person merged into another counts for who remains', async () => {
    const { person, entry } = await world.someone();
    const other = await world.someone();
    await tell(other.person, 'unsubscribed', '2026-03-01T10:00:00Z');
    await world.store.db.updateTable('persons').set({ merged_into: person }).where('id', '=', other.person).execute();
    expect(await world.worker('w1').deliver(effectOf(entry))).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
  });

  it('is said before a cap, and nothing but messages asks for it', async () => {
    const { person, entry } = await world.someone();
    await tell(person, 'unsubscribed', '2026-03-01T10:00:00Z');
    const caps = [{ messages: 1, per: { months: 0, days: 1, ms: 0 }, of: 'flow' }] as const;
    const capped = { ...effectOf(entry), limits: { caps } };
    expect(await world.worker('w1').deliver(capped)).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
    const write = effectOf(entry, { type: 'profile', set: { Hobbies: 'chess' } }, { step: 'set_1', kind: 'set' });
    expect(await world.worker('w1').deliver(write)).toEqual({ outcome: 'accepted' });
  });
});
