import type { ReadRequest } from '../plan/effect.ts';
import { evaluate, type Scope } from '../plan/evaluate.ts';
import type { Reads } from '../plan/expression.ts';
import { momentOfText } from '../plan/local-time.ts';
import { countKey } from '../plan/reads.ts';

/** What a read asks of the store: the moments of `count` are values now. One that is null is not asked for. */
export function readRequest(entry: string, reads: Reads, scope: Scope): Omit<ReadRequest, 'key'> {
  const { contact, groups, flows, counts, identity, reactions } = reads;
  const asked = counts?.flatMap((call) => {
    const since = evaluate(call[2], scope);
    const moment = typeof since === 'string' ? momentOfText(since, scope.timezone) : null;
    return moment === null ? [] : [{ key: countKey(call), event: call[1], since: new Date(moment).toISOString() }];
  });
  return {
    entry,
    contact,
    groups,
    ...(flows && { flows }),
    ...(asked && { counts: asked }),
    ...(identity && { identity }),
    ...(reactions && { reactions }),
  };
}
