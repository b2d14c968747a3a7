import type { Transaction } from 'kysely';
import { type CanonicalEvent, IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Tables } from '../store/tables.ts';
import { acceptIn } from './accept.ts';
import { readIdentifier } from './contact.ts';

/**
 * An event that a run tells of another contact: its identifiers come from expressions, so they are looked at as those of
 * a producer are. Answers what is wrong with them, or null; then the event is in the inbox.
 */
export async function acceptNamed(trx: Transaction<Tables>, event: CanonicalEvent): Promise<string | null> {
  const contact: { [kind: string]: string } = {};
  const problems: string[] = [];
  for (const kind of IDENTIFIER_KINDS) {
    const { value, problem } = readIdentifier(kind, event.contact[kind]);
    if (problem !== undefined) problems.push(problem);
    if (value !== undefined) contact[kind] = value;
  }
  if (problems.length > 0) return problems.join('; ');
  if (Object.keys(contact).length === 0) return `the contact has no usable identifier (${IDENTIFIER_KINDS.join(', ')})`;
  await acceptIn(trx, { ...event, contact });
  return null;
}
