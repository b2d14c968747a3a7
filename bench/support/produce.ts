import { startChild } from './child-process.ts';
import type { LoadResult, LoadSettings } from './settings.ts';

/** Sends events from a process of its own, and throws where one was not accepted. */
export async function produce(settings: LoadSettings): Promise<LoadResult> {
  const load = await startChild<LoadResult>('load', settings);
  await load.stop();
  const { outcomes } = load.ready;
  if (outcomes.accepted !== settings.events)
    throw new Error(`of ${settings.events} events sent: ${JSON.stringify(outcomes)}`);
  return load.ready;
}
