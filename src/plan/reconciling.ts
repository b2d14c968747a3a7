/** The rules of `on_unknown: reconcile`, for the ledger and for virtual time alike. */
import type { Operation } from './effect.ts';

/**
 * When the contact's message history is looked into, in ms after the send. A message that is found was taken; one that is
 * missing was not taken only at the last look, as Mapp works off what it took a while later.
 */
export const LOOKS_MS = [60_000, 300_000, 900_000] as const;
export const LAST_LOOK_MS = LOOKS_MS[2];

/** As with `on_unknown: resend`: a message is sent three times at most. */
export const MOST_SENDS = 3;

/** The id of the message whose sending can be found in a history; null: the operation sends none, or a push, or to a group. */
export function messageOf(operation: Operation): string | null {
  if (operation.type === 'send') return operation.channel === 'push' ? null : operation.message.id;
  if (operation.type !== 'record' || operation.action !== 'save') return null;
  const { messageId } = operation.fields;
  return typeof messageId === 'string' || typeof messageId === 'number' ? String(messageId) : null;
}
