import type { Run } from './contestants.ts';

/** Starts all runs, `atOnce` requests at a time, and waits for all of them to end. Answers the time taken, ms. */
export async function startAll(runs: readonly Run[], atOnce: number): Promise<number> {
  const began = performance.now();
  const left = [...runs];
  const results: Promise<unknown>[] = [];
  const starter = async () => {
    for (let run = left.pop(); run !== undefined; run = left.pop()) results.push((await run.start()).result());
  };
  await Promise.all(Array.from({ length: atOnce }, starter));
  await Promise.all(results);
  return performance.now() - began;
}

/**
 * Starts runs at an even pace, whatever those before are doing, and waits for all of them to end. Answers when each was
 * started, by its address: ms since the epoch.
 */
export async function startPaced(runs: readonly Run[], perSecond: number): Promise<Map<string, number>> {
  const began = performance.now();
  const started = new Map<string, number>();
  const results = runs.map(async (run, index) => {
    const moment = began + (index * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, moment - performance.now()));
    started.set(run.email, Date.now());
    await (await run.start()).result();
  });
  await Promise.all(results);
  return started;
}
