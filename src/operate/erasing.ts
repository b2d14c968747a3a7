import { type Background, inBackground } from '../system/background.ts';
import { type Erased, type EraseTools, erase, openErasures } from './erase.ts';

const EVERY_MS = 5_000;
const LONGEST_MS = 300_000;
/** For somebody whom a router has at the moment: others wait meanwhile. */
const PATIENCE_MS = 1_000;

/** Beside the routing: carries out the requests that producers passed on, and what a command left undone. */
export function startErasing(tools: EraseTools, log: (message: string) => void): Background {
  return inBackground(
    async () => {
      await eraseOpen(tools, ({ id, persons, runs }) =>
        log(`erased: request ${id}, persons ${persons}, runs ended ${runs}`),
      );
      return EVERY_MS;
    },
    (error, times) => {
      if (times === 1) log(`an erasure failed and is tried again: ${error instanceof Error ? error.message : error}`);
      return Math.min(LONGEST_MS, EVERY_MS * 2 ** Math.min(times, 6));
    },
  );
}

/**
 * Carries out every open request as far as it goes. First the store forgets everybody, then Temporal is told, so that nobody
 * waits for an outage of Temporal, and nobody for another's trouble.
 *
 * @param done hears of each that is finished
 * @throws the first trouble there was, after everything that could be done
 */
export async function eraseOpen(tools: EraseTools, done: (erased: Erased) => void): Promise<void> {
  const troubles: unknown[] = [];
  const attempt = async (id: string, client: EraseTools['client']): Promise<Erased | null> => {
    try {
      const erased = await erase({ ...tools, client, patienceMs: PATIENCE_MS }, id);
      if (erased.failure !== null) troubles.push(new Error(`Temporal: ${erased.failure.reason}`));
      if (erased.done) done(erased);
      return erased;
    } catch (error) {
      troubles.push(error);
      return null;
    }
  };
  const cleared: string[] = [];
  for (const id of await openErasures(tools.store)) {
    if ((await attempt(id, null))?.done === false) cleared.push(id);
  }
  for (const id of tools.client === null ? [] : cleared) {
    if ((await attempt(id, tools.client))?.failure?.away) break;
  }
  if (troubles.length > 0) throw troubles[0];
}
