/** How the ledger's key of a send travels through Mapp and comes back in feedback (mapp.md §1.6, §1.7). Pure. */

/**
 * The field of a send that carries its key where `mapp.yaml` names no other: Mapp's external transaction id, which is
 * kept with the sending and comes back in the feedback callback, in response-queue items, in a contact's message history and in raw exports.
 */
export const KEY_FIELD = 'externalTransactionFormula';

/** `entry/step/visit/generation`, and the same with `-`. Neither entries (UUIDs of fixed length) nor steps make it ambiguous. */
const FORM = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[-/]([a-z0-9_.]{1,80})[-/](\d{1,9})[-/](\d{1,9})$/;

/** The key as Mapp gets it: a-z, 0-9, `-`, `_` and `.` only, at most 140 characters, good in links, whatever case comes back. */
export function travelingKey(key: string): string {
  return key.replaceAll('/', '-');
}

/** The ledger's key of a text that came back, in either form; null: it is somebody else's. */
export function deliveryKeyOf(text: string): string | null {
  const match = FORM.exec(text.trim().toLowerCase());
  return match === null ? null : match.slice(1).join('/');
}

/** First part of a ledger's key. */
export function entryOf(key: string): string {
  return key.split('/')[0]!;
}
