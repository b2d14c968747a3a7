import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DeliveryDeferred } from '../delivery/deferral.ts';
import { UnknownEntry } from '../delivery/read.ts';

/** `type` of every failure that leaves an activity. */
export const FAILURES = {
  /** expected: nothing was sent, and Temporal shall ask again after `nextRetryDelay` */
  deferred: 'DeliveryDeferred',
  /** the run is not in this store */
  unknownEntry: 'UnknownEntry',
  /** the store refused or did not answer, or a bug of ours */
  failed: 'DeliveryFailed',
} as const;

/** A run the store does not know comes back only by an operator's hand. */
const UNKNOWN_ENTRY_DELAY_MS = 60_000;

/**
 * The one family of failures that crosses to Temporal. All of them are worth another attempt: what must not be repeated is
 * an answer (`unknown`, `rejected`) and no failure.
 */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error : undefined;
  if (error instanceof DeliveryDeferred) {
    return ApplicationFailure.create({
      message,
      type: FAILURES.deferred,
      nextRetryDelay: error.nextRetryDelayMs,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  if (error instanceof UnknownEntry) {
    return ApplicationFailure.create({ message, type: FAILURES.unknownEntry, nextRetryDelay: UNKNOWN_ENTRY_DELAY_MS });
  }
  return ApplicationFailure.create({ message, type: FAILURES.failed, ...(cause === undefined ? {} : { cause }) });
}
