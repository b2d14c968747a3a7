import type { Client } from '@temporalio/client';

/** Runs calls to Temporal that end in time, whatever the network does. */
export type TemporalCall = <T>(task: () => Promise<T>) => Promise<T>;

/** @param ms for all calls of one task together; the client's own retries count */
export function callWithin(client: Client, ms: number): TemporalCall {
  return (task) => client.withDeadline(Date.now() + ms, task);
}
