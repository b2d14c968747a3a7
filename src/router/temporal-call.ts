import type { Client } from '@temporalio/client';

/** Runs calls to Temporal that end in time, whatever the network does. */
export type TemporalCall = <T>(task: () => Promise<T>) => Promise<T>;

/** The time for a call was over. It may still arrive: everything sent here may be repeated. */
export class NoAnswer extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

/**
 * The deadline alone does not do: a `NativeConnection` counts it per attempt, and repeats failed attempts for 10 s and more.
 *
 * @param ms for all calls of one task together, the client's own retries included
 * @throws NoAnswer, beside what the client throws
 */
export function callWithin(client: Client, ms: number): TemporalCall {
  return async (task) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new NoAnswer(ms)), ms);
    });
    const answer = client.withDeadline(Date.now() + ms, task);
    // Once nobody waits for it any more, its failure is nobody's.
    answer.catch(() => {});
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
