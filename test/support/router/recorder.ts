import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import type { JsonObject } from '../../../src/plan/json.ts';
import type { Notice, NoticeAnswer, RunInput, RunResult } from '../../../src/plan/notice.ts';

/** Every workflow type: keeps what it is told, as the interpreter would drop what it has seen, and ends on demand. */
export default async function recorder(input: RunInput): Promise<RunResult> {
  const told: { n: number; what: string }[] = [{ n: 0, what: `start ${input.event.name}` }];
  const dropped: number[] = [];
  let seen = 0;
  let reason: string | null = null;

  const take = (notice: Notice) => {
    if (notice.n <= seen) {
      dropped.push(notice.n);
      return;
    }
    seen = notice.n;
    told.push({ n: notice.n, what: notice.kind === 'event' ? notice.event.name : notice.kind });
    if (notice.kind === 'exit') reason ??= notice.reason;
    if (notice.kind !== 'event') return;
    const listener = input.plan.exit_on.find(({ event }) => event === notice.event.name);
    if (listener !== undefined && notice.event.data.stay !== true) reason ??= listener.reason;
  };
  setHandler(defineSignal<[Notice]>('notice'), take);
  setHandler(defineUpdate<NoticeAnswer, [Notice]>('notice_update'), (notice) => {
    take(notice);
    return { exited: reason !== null };
  });
  setHandler(defineSignal<[string]>('end'), (why) => {
    reason = why;
  });
  setHandler(defineQuery<JsonObject>('told'), () => ({ told, dropped, input: input as unknown as JsonObject }));
  await condition(() => reason !== null);
  if (reason === 'broken') throw ApplicationFailure.nonRetryable('broken on demand');
  const position = { status: 'exited', step: null, kind: null, since: input.entered, next: null } as const;
  return { outcome: reason === 'completed' ? 'completed' : 'exited', reason: reason!, position, trail: [] };
}
