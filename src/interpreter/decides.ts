/** What a step's settings say in an operator's place, where its effect was refused or nobody can know its fate. */
import type { Decides, Handover, Operation } from '../plan/effect.ts';
import type { Acting } from '../plan/plan.ts';

/** `on_unknown: resend` without `retry`: a message is sent three times at most, then somebody has to look. */
const RESENDS: NonNullable<Acting['retry']> = { attempts: 3, backoff: 30_000 };
/** However often the pause was doubled. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;

/** `generation`: which attempt this is, from 1. Undefined: nothing is decided, an operator does. */
export function decidesOf(
  { retry, on_error, on_unknown }: Acting,
  operation: Operation | Handover,
  generation: number,
): Decides | undefined {
  const again = generation < (retry?.attempts ?? 1);
  const failing = again ? 'resend' : on_error === undefined ? undefined : 'skip';
  const resending = generation < (retry ?? RESENDS).attempts ? 'resend' : undefined;
  // A webhook of unknown fate has failed: the other side can tell a repetition by its idempotency key.
  const open = operation.type === 'webhook' ? failing : on_unknown === 'resend' ? resending : on_unknown;
  if (failing === undefined && open === undefined) return undefined;
  return {
    ...(open === undefined ? {} : { unknown: open }),
    ...(failing === undefined ? {} : { rejected: failing }),
  };
}

/** ms between this attempt and the next */
export function pauseAfter({ retry }: Acting, generation: number): number {
  const { backoff } = retry ?? RESENDS;
  return Math.min(LONGEST_PAUSE_MS, backoff * 2 ** (generation - 1));
}
