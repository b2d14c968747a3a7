import type { Delivery } from '../delivery/delivery.ts';
import type { Activities } from '../plan/effect.ts';
import { toFailure } from './failures.ts';

/** The activities of the worker: each is one call of the delivery and the translation of its error. */
export function createActivities(delivery: Delivery): Activities {
  return {
    deliver: (effect) => delivery.deliver(effect).catch(fail),
    deliverLater: (effect) => delivery.deliverLater(effect).catch(fail),
    read: (request) => delivery.read(request).catch(fail),
  };
}

function fail(error: unknown): never {
  throw toFailure(error);
}
