import type { Transaction } from 'kysely';
import type { Feedback, FoundSend, Said } from '../plan/feedback.ts';
import { transactionForm } from '../store/crypto/seal-operation.ts';
import { sealSentences } from '../store/crypto/seal-sentences.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import type { Tables } from '../store/tables.ts';
import { type OnLateEvidence, settleByEvidence } from './settle.ts';
import { queryIn, type Statement } from './statement.ts';

export interface Told {
  /** whom it is from */
  readonly person: string;
  /** when it was said, ISO 8601 UTC */
  readonly at: string;
  readonly feedback: Feedback;
}

/** Clocks of Mapp and of the store differ: feedback may seem to be older than its send. */
const CLOCKS_MS = 60_000;

/** SQL: nobody could tell of this row of `d`, and nobody has decided about it. */
const OPEN = `(d.resolution is null and (d.state = 'unknown' or (d.state = 'sending' and d.lease_until < now())))`;

/** SQL: the transaction id of a send in `d`, as `transactionForm` gives it. */
const TRANSACTION = `coalesce(d.operation->'transactionId'->>'is', d.operation->>'transactionId')`;

/**
 * The send that each item is about: by the key that travelled with it; without one the contact's latest send of that
 * message, by its transaction id where the step gave it one of its own, that was not later. One whose key we do not have
 * is nobody's.
 */
const FIND: Statement = {
  name: 'feedback-find',
  text: `
  select t.n, d.key, d.step, d.operation->'message'->>'name' as message, d.operation->>'channel' as channel,
    case when d.sure then e.workflow_id end as run, d.open
  from jsonb_to_recordset($1::jsonb) as t(n int, key text, transaction text, person uuid, message text, step text, at timestamptz)
  cross join lateral (
    select d.key, d.entry, d.step, d.operation, true as sure, ${OPEN} as open from deliveries d
    where d.key = t.key and d.operation->>'type' = 'send'
    union all
    (select d.key, d.entry, d.step, d.operation,
       (${TRANSACTION} = t.transaction) is true or min(d.entry::text) over () = max(d.entry::text) over () as sure,
       ${OPEN} as open
     from deliveries d
     where t.key is null
       and d.person in (select p.id from persons p where p.id = t.person or p.merged_into = t.person)
       and d.operation->>'type' = 'send' and d.state in ('sending', 'accepted', 'unknown')
       and (d.operation->'message'->>'id' = t.message
         or (t.message is null and ${TRANSACTION} = t.transaction))
       and (t.step is null or d.step = t.step)
       and d.created_at <= t.at + $2::int * interval '1 ms'
     order by (${TRANSACTION} = t.transaction) is true desc, d.created_at desc limit 1)) d
  join entries e on e.id = d.entry`,
};

/** Marks, whatever the state of the row. A click has opened the message. What Mapp said first of a failure stays. */
const MARK: Statement = {
  name: 'feedback-mark',
  text: `
  update deliveries d set
    opened_at = case when t.said in ('opened', 'clicked') then least(d.opened_at, t.at) else d.opened_at end,
    clicked_at = case when t.said = 'clicked' then least(d.clicked_at, t.at) else d.clicked_at end,
    failure = case when t.said in ('failed', 'bounced') then coalesce(d.failure, t.reason) else d.failure end
  from (
    select key, said, min(at) as at, min(reason) as reason
    from jsonb_to_recordset($1::jsonb) as t(key text, said text, at timestamptz, reason text)
    group by key, said) t
  where d.key = t.key and t.said = $2`,
};

const MARKING: readonly Said[] = ['opened', 'clicked', 'failed', 'bounced'];

/**
 * Feedback as it reaches the ledger, in the transaction that keeps it: marks the rows it is about, and settles those of
 * which nobody could tell whether Mapp took them. Answers the send of each item, null where there is none.
 */
export async function takeFeedback(
  trx: Transaction<Tables>,
  told: readonly Told[],
  onLateEvidence: OnLateEvidence,
): Promise<(FoundSend | null)[]> {
  if (told.length === 0) return [];
  const found = await find(trx, told);
  const marks = told.flatMap(({ person, at, feedback: { said, reason } }, n) => {
    const send = found[n];
    return send ? [{ person, key: send.key, open: send.open, said, at, reason: reason ?? said }] : [];
  });
  const failures = await sealSentences(
    vaultOf(trx),
    marks.map(({ person, reason }) => ({ person, text: reason })),
  );
  const rows = JSON.stringify(marks.map(({ key, said, at }, n) => ({ key, said, at, reason: failures[n] })));
  for (const said of MARKING) {
    if (marks.some((mark) => mark.said === said)) await queryIn(trx, MARK, [rows, said]);
  }
  for (const { key, open, said, reason } of marks) {
    const outcome = said === 'failed' ? 'rejected' : 'accepted';
    if (open) await settleByEvidence(trx, { key, outcome, reason: said === 'failed' ? reason : null }, onLateEvidence);
  }
  return found.map(
    (one) => one && { key: one.key, message: one.message, channel: one.channel, step: one.step, run: one.run },
  );
}

type Found = FoundSend & { readonly open: boolean };

async function find(trx: Transaction<Tables>, told: readonly Told[]): Promise<(Found | null)[]> {
  const vault = vaultOf(trx);
  const asked = told.map(({ person, at, feedback: { key, transaction, messageId, step } }, n) => ({
    ...{ n, person, at },
    key: key ?? null,
    transaction: transaction === undefined ? null : transactionForm(vault, transaction),
    message: messageId ?? null,
    step: step ?? null,
  }));
  const rows = await queryIn<Found & { readonly n: number }>(trx, FIND, [JSON.stringify(asked), CLOCKS_MS]);
  const found = new Map(rows.map((row) => [row.n, row]));
  return told.map((_, n) => found.get(n) ?? null);
}
