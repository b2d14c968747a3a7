/** The child's side of `child-process.ts`. */

export interface Served {
  /** what the parent's `ask` is answered */
  readonly answer?: () => unknown;
  stop(): Promise<void>;
}

/** What the parent gave to this process. */
export function settingsFromParent<T>(): T {
  return JSON.parse(process.argv[2]!) as T;
}

/** Says that this process is ready, with what the parent wants to know of it, and serves until the parent says stop or is gone. */
export function serveParent(ready: unknown, { answer, stop }: Served): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void stop().finally(() => process.exit());
  };
  process.on('message', (message) => {
    if (message === 'stop') end();
    else void Promise.resolve(answer?.()).then((value) => process.send?.({ answer: value }));
  });
  process.on('disconnect', end);
  // Ctrl-C reaches the whole group; the parent tells its children in its own order.
  process.on('SIGINT', () => {});
  process.send?.({ ready });
}
