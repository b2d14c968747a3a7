import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, effectOf } from '../../test/support/delivery.ts';
import { createActivities } from './activities.ts';
import { FAILURES, toFailure } from './failures.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('activities', () => {
  it('answer what the delivery answers', async () => {
    const entry = await world.run(await world.person({ email: 'kim@example.com' }));
    const activities = createActivities(world.worker('w1'));
    expect(await activities.deliver(effectOf(entry))).toEqual({ outcome: 'accepted' });
    expect(await activities.deliverLater(effectOf(entry))).toEqual({ outcome: 'accepted' });
    const request = { key: 'run/s/1', entry, contact: ['email'], groups: [] };
    expect(await activities.read(request)).toEqual({ contact: { email: 'kim@example.com' }, groups: {} });
  });

  it('turn an expected deferral into a benign failure with the time to come again', async () => {
    const entry = await world.run(await world.person({ email: 'lea@example.com' }));
    const delivery = world.worker('w1');
    await delivery.drain();
    const activities = createActivities(delivery);
    expect(await activities.deliver(effectOf(entry))).toMatchObject({ outcome: 'deferred' });
    const failure = await failureOf(activities.deliverLater(effectOf(entry)));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: FAILURES.deferred,
      nonRetryable: false,
      nextRetryDelay: 5_000,
      category: ApplicationFailureCategory.BENIGN,
    });
  });

  it('say which run the store does not know', async () => {
    const activities = createActivities(world.worker('w1'));
    const entry = '00000000-0000-4000-8000-000000000000';
    const failure = await failureOf(activities.read({ key: 'k', entry, contact: [], groups: [] }));
    expect(failure).toMatchObject({ type: FAILURES.unknownEntry, nonRetryable: false });
    expect(String(failure)).toContain(entry);
  });

  it('fail retryably for anything else, with its message', async () => {
    const activities = createActivities(world.worker('w1'));
    const failure = await failureOf(activities.read({ key: 'k', entry: 'no-uuid', contact: [], groups: [] }));
    expect(failure).toMatchObject({ type: FAILURES.failed, nonRetryable: false });
    expect(String(failure)).toContain('no-uuid');
    expect(toFailure('text').message).toBe('text');
  });
});
