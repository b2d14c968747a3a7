import type { ReadRequest } from './effect.ts';
import { evaluate, type Scope } from './evaluate.ts';
import type { CountCall } from './expression.ts';
import { momentOfText } from './local-time.ts';
import { countKey } from './reads.ts';

/** What calls of `count` ask of the store: their moments are values now. One that is null is not asked for. */
export function countsAsked(calls: readonly CountCall[], scope: Scope): NonNullable<ReadRequest['counts']> {
  return calls.flatMap((call) => {
    const since = evaluate(call[2], scope);
    const moment = typeof since === 'string' ? momentOfText(since, scope.timezone) : null;
    return moment === null ? [] : [{ key: countKey(call), event: call[1], since: new Date(moment).toISOString() }];
  });
}
