import { countsAsked } from '../plan/counts.ts';
import type { ReadRequest } from '../plan/effect.ts';
import type { Scope } from '../plan/evaluate.ts';
import type { Reads } from '../plan/expression.ts';

/** What a read asks of the store, with nothing in it that is not asked for. */
export function readRequest(entry: string, reads: Reads, scope: Scope): Omit<ReadRequest, 'key'> {
  const { contact, groups, flows, sends, counts, identity, reactions } = reads;
  return {
    entry,
    contact,
    groups,
    ...(flows && { flows }),
    ...(sends && { sends }),
    ...(counts && { counts: countsAsked(counts, scope) }),
    ...(identity && { identity }),
    ...(reactions && { reactions }),
  };
}
