/**
 * Loaded by `--import` into every thread of a worker process, workflow threads among them, since a thread's heap can be
 * looked at from inside only: collects garbage when asked on the channel, and says what is left.
 */
import { HEAP_CHANNEL, HEAP_QUESTION } from '../support/heap-used.ts';

const channel = new BroadcastChannel(HEAP_CHANNEL);
(channel as unknown as { unref(): void }).unref();
channel.onmessage = (event) => {
  if ((event as MessageEvent).data !== HEAP_QUESTION) return;
  globalThis.gc?.();
  globalThis.gc?.();
  channel.postMessage(process.memoryUsage().heapUsed);
};
