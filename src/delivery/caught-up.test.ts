import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld } from '../../test/support/delivery.ts';
import { arrive } from '../../test/support/router/fixtures.ts';
import { decideNotice } from '../router/decide-notice.ts';
import { DEFERRALS, DeliveryDeferred } from './deferral.ts';
import { UnknownEntry } from './read.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

it('a run is answered when everything received for its person was decided and sent', async () => {
  const { db } = world.store;
  const { person, entry } = await world.someone();
  const worker = world.worker('w1');
  const ask = () => worker.read({ key: `${entry}/begin`, entry, contact: [], groups: [], caughtUp: true });
  const behind = {
    name: new DeliveryDeferred({ outcome: 'deferred', why: 'catching_up', retryInMs: 0 }, () => 0).name,
  };
  const nothing = { contact: {}, groups: {} };
  expect(await ask()).toEqual({ ...nothing, caughtUp: 0 });

  // Somebody else's are nobody's business.
  const other = await world.someone();
  await arrive(world.store, other.person, 'order');
  expect(await ask()).toEqual({ ...nothing, caughtUp: 0 });

  const inbox = await arrive(world.store, person, 'order');
  await expect(ask()).rejects.toMatchObject({ ...behind, message: DEFERRALS.catching_up, nextRetryDelayMs: 10_000 });
  await db.updateTable('inbox').set({ state: 'decided' }).where('id', '=', inbox).execute();
  expect(await ask()).toEqual({ ...nothing, caughtUp: 0 });

  const n = await db.transaction().execute((trx) => decideNotice(trx, entry, { kind: 'resume' }));
  await expect(ask()).rejects.toMatchObject(behind);
  await db.updateTable('notices').set({ state: 'done' }).where('entry', '=', entry).execute();
  expect(await ask()).toEqual({ ...nothing, caughtUp: n });
  // What Temporal has refused never comes.
  await db.transaction().execute((trx) => decideNotice(trx, entry, { kind: 'pause' }));
  await db.updateTable('notices').set({ state: 'refused' }).where('state', '=', 'due').execute();
  expect(await ask()).toEqual({ ...nothing, caughtUp: n });
});

it('an entry that the store does not know is an error', async () => {
  const entry = '00000000-0000-4000-8000-000000000000';
  const request = { key: 'k', entry, contact: [], groups: [], caughtUp: true } as const;
  await expect(world.worker('w2').read(request)).rejects.toBeInstanceOf(UnknownEntry);
});
