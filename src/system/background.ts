/** Work beside the routing: one task, again and again, never twice at a time. */
export interface Background {
  /** runs the task now, or once more as soon as it has ended */
  nudge(): void;
  /** waits for the task under way */
  stop(): Promise<void>;
}

/**
 * @param task answers the ms to wait before it runs again, or null when it is finished for good
 * @param failed hears of an exception and the number of failures in a row, and answers the ms to wait
 */
export function inBackground(
  task: () => Promise<number | null>,
  failed: (error: unknown, times: number) => number,
): Background {
  let stopping = false;
  let nudged = false;
  let wake: () => void = () => {};

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (nudged || stopping) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const loop = async () => {
    let failures = 0;
    while (!stopping) {
      nudged = false;
      let ms: number | null;
      try {
        ms = await task();
        failures = 0;
      } catch (error) {
        failures += 1;
        ms = failed(error, failures);
      }
      if (ms === null) return;
      if (ms > 0) await pause(ms);
    }
  };
  const ended = loop();

  return {
    nudge: () => {
      nudged = true;
      wake();
    },
    stop: async () => {
      stopping = true;
      wake();
      await ended;
    },
  };
}

/** 1, 2, 4 … times `first`, at most `most`, with up to a quarter of it left out at random. All in ms. */
export function backOff(times: number, first: number, most: number): number {
  return Math.min(most, first * 2 ** Math.min(times - 1, 30)) * (1 - Math.random() / 4);
}
