import { type Background, inBackground } from '../system/background.ts';
import { type EraseTools, erase, openErasures } from './erase.ts';

const EVERY_MS = 5_000;
const LONGEST_MS = 300_000;

/** Beside the routing: carries out the requests that producers passed on, and what a command left undone. */
export function startErasing(tools: EraseTools, log: (message: string) => void): Background {
  return inBackground(
    async () => {
      for (const id of await openErasures(tools.store)) {
        const { persons, runs, done } = await erase(tools, id);
        if (done) log(`erased: request ${id}, persons ${persons}, runs ended ${runs}`);
      }
      return EVERY_MS;
    },
    (error, times) => {
      if (times === 1) log(`an erasure failed and is tried again: ${error instanceof Error ? error.message : error}`);
      return Math.min(LONGEST_MS, EVERY_MS * 2 ** Math.min(times, 6));
    },
  );
}
