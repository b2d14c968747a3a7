import type { EngageClient } from '../mapp/engage.ts';
import { isMappError } from '../mapp/errors.ts';
import { Breaker } from './breaker.ts';
import type { Clock, Random } from './clock.ts';
import { type Deferral, deferral } from './deferral.ts';
import { troubleOf, troubleSentence } from './mapp-trouble.ts';
import { Pacer, type Patience, type Refusal, type Turn } from './pacer.ts';
import type { Rate } from './rate.ts';

/** Calls to Engage at once. */
const IN_FLIGHT = 4;

/** The methods of the client that the delivery uses. */
export type Engage = Pick<
  EngageClient,
  'contact' | 'memberships' | 'memberAttributes' | 'messageHistory' | 'updateProfile' | 'sendSingle'
>;

export interface EngageAccessParts {
  readonly engage: Engage;
  /** the turns of API `engage` */
  readonly rate: Rate;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (message: string) => void;
}

/** Mapp Engage behind its rate and its breaker, for everything in one worker that calls it. */
export class EngageAccess {
  readonly breaker: Breaker;
  readonly #parts: EngageAccessParts;
  readonly #pacer: Pacer;
  #downSince: number | null = null;

  constructor(parts: EngageAccessParts) {
    const { rate, clock, random } = parts;
    this.#parts = parts;
    this.breaker = new Breaker(clock, random);
    this.#pacer = new Pacer({ rate, inFlight: IN_FLIGHT, clock, breaker: this.breaker });
  }

  /** ms since the first of the failures that no success has ended; 0 while Engage answers */
  get downFor(): number {
    return this.#downSince === null ? 0 : this.#parts.clock.now() - this.#downSince;
  }

  /** A turn for one call, which `made` makes. */
  turn(patience: Patience): Promise<Turn | Refusal> {
    return this.#pacer.enter(patience);
  }

  /** Makes the call of a turn. Rejects with what the client throws. */
  async made<T>(turn: Turn, call: (engage: Engage) => Promise<T>): Promise<T> {
    try {
      const answer = await call(this.#parts.engage);
      this.#downSince = null;
      turn.succeeded();
      return answer;
    } catch (error) {
      if (isMappError(error) && error.fate === 'refused') {
        this.#downSince = null;
        turn.succeeded();
      } else {
        this.#downSince ??= this.#parts.clock.now();
        const pause = turn.failed(troubleOf(error, 'engage'));
        if (pause !== null) this.#parts.log(troubleSentence(error, pause, 'engage'));
      }
      throw error;
    }
  }

  /** One call when its turn comes; a deferral: there was no turn in time, and no call. Rejects as `made` does. */
  async ask<T>(patience: Patience, call: (engage: Engage) => Promise<T>): Promise<{ readonly answer: T } | Deferral> {
    const turn = await this.turn(patience);
    if ('refused' in turn) return deferral(engageWhy(turn), turn.retryInMs);
    return { answer: await this.made(turn, call) };
  }

  /** From now on there are no turns. */
  drain(): void {
    this.#pacer.drain();
  }
}

/** The words of a refusal, which are otherwise about Connect. */
export function engageWhy({ refused }: Refusal): Deferral['why'] {
  return refused === 'mapp_unavailable' ? 'engage_unavailable' : refused;
}
