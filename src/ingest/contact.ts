import type { IdentifierKind } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';

/** What producers send where they have no identifier. */
const PLACEHOLDERS = new Set(['', 'null', 'undefined', 'none', 'nan', 'redacted']);
const LONGEST = 256;
const EMAIL = /^[^\s@<>()[\],;:\\"]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;
const MOBILE = /^\+?\d(?:[ ().\-/]*\d){4,14}$/;

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDERS.has(value.trim().toLowerCase());
}

/** `value` is trimmed text as it was given; neither = absent */
export interface ReadIdentifier {
  readonly value?: string;
  readonly problem?: string;
}

/**
 * One identifier of a contact as a producer sends it: text or an integer. Missing, null and placeholders such as
 * "undefined" are absent. An e-mail address is checked for its form only, a mobile number for 5 to 15 digits.
 */
export function readIdentifier(kind: IdentifierKind, raw: Json | undefined): ReadIdentifier {
  if (raw === undefined || raw === null) return {};
  if (typeof raw !== 'string' && !Number.isSafeInteger(raw)) return { problem: `${kind} must be text` };
  const value = String(raw).trim();
  if (isPlaceholder(value)) return {};
  if (value.length > LONGEST)
    return { problem: `${kind} has ${value.length} characters; at most ${LONGEST} are accepted` };
  if (/\p{Cc}/u.test(value)) return { problem: `${kind} holds a control character` };
  if (kind === 'email' && !EMAIL.test(value)) {
    return { problem: 'email is not an e-mail address, such as ada@example.com' };
  }
  if (kind === 'mobile' && !MOBILE.test(value)) {
    return { problem: 'mobile is not a phone number of 5 to 15 digits with its country code, such as +491701234567' };
  }
  return { value };
}
