/** Whether messages may go to a contact by a channel: what events say of it, and what that means for a message. Pure. */
import type { FlowEvent } from './event.ts';
import type { Channel } from './project.ts';

/**
 * What somebody says of a channel. `granted`: the contact subscribed (again), which lifts `unsubscribed`; `blocked`: the
 * address cannot be delivered to; `deliverable`: it can again, which lifts `blocked`.
 */
export const CONSENT_WORDS = ['granted', 'unsubscribed', 'blocked', 'deliverable'] as const;
export type ConsentWord = (typeof CONSENT_WORDS)[number];
export type Consent = { readonly [C in Channel]?: ConsentWord };

/** Two facts, each with its own last word: who subscribes again has no better address for that. */
export type ConsentFact = 'unsubscribed' | 'blocked';

/** What a word settles. */
export function factOf(word: ConsentWord): { readonly fact: ConsentFact; readonly holds: boolean } {
  switch (word) {
    case 'granted':
      return { fact: 'unsubscribed', holds: false };
    case 'unsubscribed':
      return { fact: 'unsubscribed', holds: true };
    case 'blocked':
      return { fact: 'blocked', holds: true };
    case 'deliverable':
      return { fact: 'blocked', holds: false };
  }
}

/**
 * Kinds of bounce, in lower case, after which the address may still be good: Mapp's own categories but `invalid address`
 * (docs.mapp.com "Whiteboard: Email Response Received"), and the common word. A bounce without a kind counts as hard.
 */
const SOFT_BOUNCES: ReadonlySet<string> = new Set([
  'soft',
  'blocked',
  'rejected',
  'transient',
  'unknown',
  'communication failure',
]);

/** What an event about a message says, by its name: `text` of a bounce is its kind. `channel`: the message's. */
export function consentOf({ name, data }: Pick<FlowEvent, 'name' | 'data'>, channel: Channel): Consent | null {
  if (name === 'message_unsubscribed') return { [channel]: 'unsubscribed' };
  if (name !== 'message_bounced') return null;
  const kind = typeof data.text === 'string' ? data.text.trim().toLowerCase() : '';
  if (kind === 'complaint') return { [channel]: 'unsubscribed' };
  return SOFT_BOUNCES.has(kind) ? null : { [channel]: 'blocked' };
}

/**
 * Why a message is not sent; null: it may go. A transactional one passes an objection to advertising, but not an address
 * that cannot be delivered to: it would bounce again, and Mapp counts bounces against the sender. The claim of the ledger
 * says the same in SQL (`delivery/claim.ts`).
 */
export function refusedBy(
  facts: { readonly [F in ConsentFact]?: boolean },
  priority: 'normal' | 'transactional',
): ConsentFact | null {
  if (facts.blocked) return 'blocked';
  return facts.unsubscribed && priority !== 'transactional' ? 'unsubscribed' : null;
}
