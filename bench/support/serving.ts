import { randomUUID } from 'node:crypto';
import { type Child, startChild } from './child-process.ts';
import { cpuOf } from './process-cpu.ts';
import type { Cleanups } from './servers.ts';
import type { ServeSettings } from './settings.ts';

/** A process that serves; it is ready with the URL of its ingest. */
export type Serve = Child<string>;

/** On a task queue of its own: nobody takes the runs that it starts. */
export async function startServe(
  { temporal, database, key }: Pick<ServeSettings, 'temporal' | 'database' | 'key'>,
  cleanups: Cleanups,
): Promise<Serve> {
  const taskQueue = `bench-serve-${randomUUID()}`;
  const settings: ServeSettings = { temporal, database, taskQueue, ...(key !== undefined && { key }) };
  const serve = await startChild<string>('serve', settings);
  cleanups.push(() => serve.stop());
  return serve;
}

/** CPU that serving processes and the store have used so far, ms. */
export function servingCpu(serves: readonly Serve[], postgres: number): { serve: number; postgres: number } {
  return { serve: serves.reduce((sum, { pid }) => sum + cpuOf(pid), 0), postgres: cpuOf(postgres) };
}
