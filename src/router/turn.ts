import { type Actor, act } from './act.ts';
import { check } from './check.ts';
import { keep, type Lease } from './claim.ts';
import { decide } from './decide.ts';

/**
 * All there is to do for one claimed person: send what an earlier owner decided, then decide and send until no event waits.
 *
 * @param speed factor by which the timers of new runs are divided
 * @param stopped looked at between two decisions
 * @returns false when it was stopped before everything was done
 */
export async function takeTurn(actor: Actor, lease: Lease, speed: number, stopped: () => boolean): Promise<boolean> {
  const verified = new Map<string, number>();
  await act(actor, lease);
  for (;;) {
    if (stopped()) return false;
    await keep(actor.store, lease);
    const { complete, verify } = await decide(actor.store, actor.published, lease, verified, speed);
    await act(actor, lease);
    if (complete) return true;
    await check(actor, lease, verify, verified);
  }
}
