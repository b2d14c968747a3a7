import type { Effect } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { Caller } from './attempt.ts';
import type { Clock } from './clock.ts';
import { type Attempted, type Deferral, deferral } from './deferral.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import type { Patience, Turn } from './pacer.ts';
import type { Settlement } from './settle.ts';

/** A call not started by then is given back: with the call's own time it would come too near the end of the lease. */
export const START_WITHIN_MS = 10_000;

/** Why there is no turn. */
export type LoneRefusal = { readonly refused: Deferral['why']; readonly retryInMs: number };

/** Who makes calls of one effect each. */
export interface LoneCaller {
  /** calls of one person one after the other */
  readonly inLane: boolean;
  turn(patience: Patience): Promise<Turn | LoneRefusal>;
  /** Makes the call of a claimed effect. A deferral: provably nothing was done, and the claim is to be given back. */
  call(effect: Effect, contact: Contact, turn: Turn): Promise<Settlement | Deferral>;
}

export interface AloneParts {
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  readonly clock: Clock;
}

/** Carries out each effect by a call of its own: wait for a turn, claim, call, settle. */
export function alone({ ledger, lanes, clock }: AloneParts, caller: LoneCaller): Caller {
  return {
    async carryOut(effect, patience) {
      const turn = await caller.turn(patience);
      if ('refused' in turn) return deferral(turn.refused, turn.retryInMs);
      return claimed(effect, turn);
    },
  };

  async function claimed(effect: Effect, turn: Turn): Promise<Attempted | null> {
    const unused = (error: unknown) => {
      turn.unused();
      throw error;
    };
    const hold = await ledger.holdOf(effect).catch(unused);
    if (hold !== null) {
      turn.unused();
      return hold;
    }
    const claimedAt = clock.now();
    const claim = await ledger.claim(effect).catch(unused);
    if (claim.state !== 'sending') {
      turn.unused();
      return claim.state === 'lost' ? null : { outcome: 'skipped', reason: claim.reason };
    }
    const left = () => claimedAt + START_WITHIN_MS - clock.now();
    const inside = !caller.inLane || (await lanes.enter(claim.person, Math.max(0, left())));
    try {
      if (!inside || left() < 0) {
        turn.unused();
        await ledger.giveBack(effect.key);
        return deferral('late_start', 0);
      }
      const ending = await caller.call(effect, claim.contact, turn);
      if (ending.outcome === 'deferred') {
        await ledger.giveBack(effect.key);
        return ending;
      }
      return await ledger.settle(effect, ending);
    } finally {
      if (inside && caller.inLane) lanes.leave(claim.person);
    }
  }
}
