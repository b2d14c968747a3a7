import { takeFeedback } from '../delivery/feedback.ts';
import type { OnLateEvidence } from '../delivery/settle.ts';
import type { TakeFeedback } from '../ingest/feedback.ts';
import { decideNotice } from '../router/decide-notice.ts';

/** An unknown effect of which the outcome is known after all wakes its run. */
export const wakeRun: OnLateEvidence = (trx, { entry, ...evidence }) =>
  decideNotice(trx, entry, { kind: 'settled', ...evidence });

/** What ingest hears of messages reaches the ledger. */
export const ledgerFeedback: TakeFeedback = (trx, told) => takeFeedback(trx, told, wakeRun);
