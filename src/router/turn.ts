import { type Actor, act } from './act.ts';
import { check } from './check.ts';
import { keep, type Lease, release, releaseLater } from './claim.ts';
import { decide } from './decide.ts';

/**
 * All there is to do for one claimed person: send what an earlier owner decided, then decide and send until no event waits,
 * and give the person back.
 *
 * @param speed factor by which the timers of new runs are divided
 * @param stopped looked at between two decisions
 */
export async function takeTurn(actor: Actor, lease: Lease, speed: number, stopped: () => boolean): Promise<void> {
  const verified = new Map<string, number>();
  if (lease.due) await act(actor, lease);
  for (;;) {
    if (stopped()) return releaseLater(actor.store, lease, 0);
    await keep(actor.store, lease);
    const { complete, released, verify } = await decide(actor.store, actor.published, lease, verified, speed);
    if (released) return;
    await act(actor, lease);
    if (complete) return release(actor.store, lease);
    await check(actor, lease, verify, verified);
  }
}
