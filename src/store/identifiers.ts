import type { IdentifierKind } from '../plan/event.ts';

/**
 * The form in which an identifier is looked up, so that one address in two spellings is one person. E-mail: trimmed, NFC,
 * lower case; mobile: digits with a leading `+` (`00` counts as `+`); the others: trimmed. A mobile number without any
 * digit stays as it is: it must not become the same person as the next one.
 */
export function normalizeIdentifier(kind: IdentifierKind, value: string): string {
  const trimmed = value.trim();
  switch (kind) {
    case 'email':
      return trimmed.normalize('NFC').toLowerCase();
    case 'mobile': {
      const digits = trimmed.replace(/[^0-9]/g, '');
      if (digits === '') return trimmed;
      return `+${trimmed.startsWith('00') ? digits.slice(2) : digits}`;
    }
    case 'external_id':
    case 'mapp_id':
      return trimmed;
  }
}
