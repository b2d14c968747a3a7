/** What Mapp says of messages, as it reaches the ledger's rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import { travelingKey } from '../plan/delivery-key.ts';
import type { Feedback } from '../plan/feedback.ts';
import { wakeRun } from '../server/feedback.ts';
import { takeFeedback } from './feedback.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

const take = (person: string, ...feedback: Feedback[]) =>
  world.store.db.transaction().execute((trx) =>
    takeFeedback(
      trx,
      feedback.map((one) => ({ person, at: new Date().toISOString(), feedback: one })),
      wakeRun,
    ),
  );
const row = (key: string) =>
  world.store.db.selectFrom('deliveries').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
const noticesOf = (entry: string) =>
  world.store.db.selectFrom('notices').select(['kind', 'body']).where('entry', '=', entry).execute();
const MESSAGE = EMAIL.message.id;

describe('the key', () => {
  it('travels with the send, in the field for it or in the one that is configured', async () => {
    const { entry, email } = await world.someone();
    const effect = effectOf(entry);
    await world.worker('w1').deliver(effect);
    const other = effectOf(entry, EMAIL, { step: 'other' });
    await world.worker('w2', { keyField: 'flows_key' }).deliver(other);
    const own = effectOf(entry, { ...EMAIL, transactionId: 'order-7' }, { step: 'own' });
    await world.worker('w1').deliver(own);
    const bodies = (await world.taken()).filter((body) => body.email === email);
    expect(bodies.map((body) => [body.externalTransactionFormula, body.flows_key])).toEqual([
      [travelingKey(effect.key), undefined],
      [undefined, travelingKey(other.key)],
      ['order-7', undefined],
    ]);
  });

  it('tells which send is meant, and marks it', async () => {
    const { entry, person } = await world.someone();
    const [first, second] = [effectOf(entry), effectOf(entry, EMAIL, { step: 'second' })];
    for (const effect of [first, second]) await world.worker('w1').deliver(effect);
    const [found] = await take(person, { said: 'clicked', key: first.key });
    expect(found).toEqual({
      key: first.key,
      message: 'welcome',
      channel: 'email',
      step: 'send_email_1',
      run: expect.stringContaining(person),
    });
    expect(await row(first.key)).toMatchObject({ opened_at: expect.any(Date), clicked_at: expect.any(Date) });
    expect(await row(second.key)).toMatchObject({ opened_at: null, clicked_at: null });
  });

  it('of another store is nobody of ours', async () => {
    const { entry, person } = await world.someone();
    await world.worker('w1').deliver(effectOf(entry));
    const key = effectOf('00000000-0000-4000-8000-000000000001').key;
    expect(await take(person, { said: 'opened', key, messageId: MESSAGE })).toEqual([null]);
  });
});

describe('without a key', () => {
  it('the latest send of the message is meant; of several runs nobody can tell which', async () => {
    const { entry, person } = await world.someone();
    const [first, second] = [effectOf(entry), effectOf(entry, EMAIL, { step: 'second' })];
    for (const effect of [first, second]) await world.worker('w1').deliver(effect);
    expect(await take(person, { said: 'opened', messageId: MESSAGE })).toMatchObject([
      { key: second.key, run: expect.any(String) },
    ]);
    expect(await take(person, { said: 'opened', messageId: MESSAGE, step: 'send_email_1' })).toMatchObject([
      { key: first.key },
    ]);
    await world.worker('w1').deliver(effectOf(await world.run(person)));
    expect(await take(person, { said: 'opened', messageId: MESSAGE })).toMatchObject([{ run: null }]);
    expect(await take(person, { said: 'opened', messageId: 'never-sent' })).toEqual([null]);
  });

  it("a transaction id of the step's own tells it", async () => {
    const { entry, person } = await world.someone();
    const own = effectOf(entry, { ...EMAIL, transactionId: 'order-7' });
    for (const effect of [own, effectOf(entry, EMAIL, { step: 'second' })]) await world.worker('w1').deliver(effect);
    expect(await take(person, { said: 'opened', transaction: 'order-7', messageId: MESSAGE })).toMatchObject([
      { key: own.key },
    ]);
    expect(await take(person, { said: 'opened', transaction: 'order-7' })).toMatchObject([{ key: own.key }]);
  });
});

describe('a send of which nobody could tell', () => {
  async function unknown() {
    const someoneElse = await world.someone();
    const effect = effectOf(someoneElse.entry, { ...EMAIL, set: { Hobbies: 'chess' } });
    await world.faults({ status: 500, times: 1 });
    expect(await world.worker('w1').deliver(effect)).toMatchObject({ outcome: 'unknown' });
    return { ...someoneElse, effect };
  }

  it('was taken, when somebody opened it: the run hears of it, and its writes are ours', async () => {
    const { effect, entry, person } = await unknown();
    await take(person, { said: 'opened', key: effect.key });
    expect(await row(effect.key)).toMatchObject({ state: 'accepted', reason: null });
    expect(await noticesOf(entry)).toMatchObject([{ kind: 'settled', body: { outcome: 'accepted', key: effect.key } }]);
    const stored = await world.store.db
      .selectFrom('persons')
      .select('attributes')
      .where('id', '=', person)
      .executeTakeFirstOrThrow();
    expect(stored.attributes).toMatchObject({ Hobbies: { value: 'chess' } });
  });

  it('was refused, when Mapp says that it failed', async () => {
    const { effect, entry, person } = await unknown();
    await take(person, { said: 'failed', key: effect.key, reason: 'MISSING_FIELD' });
    expect(await row(effect.key)).toMatchObject({
      state: 'rejected',
      reason: 'MISSING_FIELD',
      failure: 'MISSING_FIELD',
    });
    expect(await noticesOf(entry)).toMatchObject([{ kind: 'settled', body: { outcome: 'rejected' } }]);
  });

  it('and of which somebody has decided stays as decided', async () => {
    const { effect, person } = await unknown();
    await world.store.db.updateTable('deliveries').set({ resolution: 'skip' }).where('key', '=', effect.key).execute();
    await take(person, { said: 'opened', key: effect.key });
    expect(await row(effect.key)).toMatchObject({ state: 'unknown', opened_at: expect.any(Date) });
  });

  it('because its worker was lost is settled too', async () => {
    const { entry, person } = await world.someone();
    const effect = effectOf(entry);
    await world.worker('w1').deliver(effect);
    await world.store.db
      .updateTable('deliveries')
      .set({ state: 'sending', lease_until: new Date(0) })
      .where('key', '=', effect.key)
      .execute();
    await take(person, { said: 'bounced', key: effect.key, reason: 'bounced: hard' });
    expect(await row(effect.key)).toMatchObject({ state: 'accepted', failure: 'bounced: hard', lease_until: null });
  });
});

it('what failed after Mapp had taken it stays accepted, with what was said first', async () => {
  const { entry, person } = await world.someone();
  const effect = effectOf(entry);
  await world.worker('w1').deliver(effect);
  await take(person, { said: 'failed', key: effect.key, reason: 'UNKNOWN_MESSAGE' });
  await take(person, { said: 'bounced', key: effect.key, reason: 'bounced' });
  expect(await row(effect.key)).toMatchObject({ state: 'accepted', failure: 'UNKNOWN_MESSAGE' });
  expect(await noticesOf(entry)).toEqual([]);
});

describe('message_sent', () => {
  const told = async (person: string) =>
    await world.store.db.selectFrom('inbox').select(['name', 'event']).where('person', '=', person).execute();

  it('is told only where a flow has to do with it', async () => {
    const deaf = await world.someone();
    await world.worker('w1').deliver(effectOf(deaf.entry));
    expect(await told(deaf.person)).toEqual([]);
    await world.store.db.insertInto('meta').values({ key: 'heard_changes', value: '["message_sent"]' }).execute();
    const { entry, person } = await world.someone();
    await world.worker('w1').deliver(effectOf(entry));
    await world.worker('w1').deliver(effectOf(entry, { type: 'profile', set: { a: 1 } }, { step: 'set_1' }));
    expect(await told(person)).toMatchObject([
      {
        name: 'message_sent',
        event: {
          data: { message: 'welcome', step: 'send_email_1', run: expect.stringContaining(person) },
          origin: { flow: 'welcome', entry },
        },
      },
    ]);
  });
});
