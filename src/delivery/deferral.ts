import type { EffectResult } from '../plan/effect.ts';
import type { Random } from './clock.ts';

/** Why an effect could not go out in time, in words for the timeline and Temporal's UI. */
export const DEFERRALS = {
  rate: 'more calls are waiting than Mapp may be sent at the moment',
  mapp_unavailable: 'Mapp Connect takes no calls at the moment',
  store_unavailable: 'the store does not answer',
  draining: 'this worker is stopping',
  elsewhere: 'another worker is sending it, or was when it stopped',
  person_busy: 'another call about the same person is under way',
  late_start: 'its turn came too late after it was claimed',
  engage_unavailable: 'Mapp Engage takes no calls at the moment',
  engage_missing:
    'this worker has no access to Mapp Engage: MAPP_ENGAGE_URL, MAPP_ENGAGE_USER and MAPP_ENGAGE_PASSWORD are not set',
  reconciling: "nobody can tell whether Mapp took it; the contact's message history will tell",
  catching_up: 'what was received meanwhile is being decided',
  unknown_entry: 'the store does not know this run: it was started over another store, or its person was erased',
} as const;

/** Nothing was sent, and nothing is claimed. */
export interface Deferral {
  readonly outcome: 'deferred';
  readonly why: keyof typeof DEFERRALS;
  /** ms until it is worth asking again, as far as can be told */
  readonly retryInMs: number;
}

/** How one attempt ends. */
export type Attempted = Exclude<EffectResult, { readonly outcome: 'deferred' }> | Deferral;

export function deferral(why: Deferral['why'], retryInMs: number): Deferral {
  return { outcome: 'deferred', why, retryInMs };
}

const SHORTEST_MS = 5_000;
const LONGEST_MS = 300_000;

/** Thrown by the patient attempt: nothing was sent; try again after `nextRetryDelayMs` (5 s to 5 min, with jitter). */
export class DeliveryDeferred extends Error {
  override readonly name = 'DeliveryDeferred';
  readonly nextRetryDelayMs: number;

  constructor({ why, retryInMs }: Deferral, random: Random) {
    super(DEFERRALS[why]);
    const delay = Math.max(SHORTEST_MS, retryInMs) * (1 + 0.25 * random());
    this.nextRetryDelayMs = Math.round(Math.min(LONGEST_MS, delay));
  }
}
