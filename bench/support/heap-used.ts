export const HEAP_CHANNEL = 'bench-heap';
export const HEAP_QUESTION = 'collect garbage and say what is left';

/** The main one, and the one that the SDK runs all workflows of a worker in (`workflowThreadPoolSize` is 1). */
const THREADS = 2;

/** Bytes of heap in use after a collection, all threads of this process together; they need `heap-probe.ts` loaded. */
export async function heapUsed(): Promise<number> {
  const channel = new BroadcastChannel(HEAP_CHANNEL);
  const answers: number[] = [];
  await new Promise<void>((resolve) => {
    channel.onmessage = (event) => {
      answers.push(Number((event as MessageEvent).data));
      if (answers.length === THREADS) resolve();
    };
    channel.postMessage(HEAP_QUESTION);
  });
  channel.close();
  return answers.reduce((sum, bytes) => sum + bytes, 0);
}
