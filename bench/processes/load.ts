/** A producer in a process of its own: sends what it was told, says how it went, and waits for its end. */
import { Pool } from 'undici';
import { quantile } from '../support/numbers.ts';
import { serveParent, settingsFromParent } from '../support/parent-link.ts';
import { type LoadResult, type LoadSettings, TOKEN } from '../support/settings.ts';

/** Bytes of one event. */
const SIZE = 1_024;

const { urls, connections, events, perSecond, event, id, people } = settingsFromParent<LoadSettings>();
const pools = urls.map((url) => new Pool(url, { connections: Math.ceil(connections / urls.length) }));
const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
const outcomes: { [outcome: string]: number } = {};
const latencies: number[] = [];
const began = performance.now();

function body(n: number): string {
  const one = { event, id: `${id}-${n}`, contact: { email: `person-${n % people}@example.com` }, data: { note: '' } };
  one.data.note = 'x'.repeat(SIZE - JSON.stringify(one).length);
  return JSON.stringify(one);
}

async function send(n: number, due: number): Promise<void> {
  const pool = pools[n % pools.length]!;
  const { statusCode, body: answer } = await pool.request({
    path: '/v1/events',
    method: 'POST',
    headers,
    body: body(n),
  });
  const { accepted, duplicates } = (await answer.json()) as { accepted?: number; duplicates?: number };
  latencies.push(performance.now() - due);
  const outcome = accepted === 1 ? 'accepted' : duplicates === 1 ? 'duplicate' : String(statusCode);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

if (perSecond === undefined) {
  let next = 0;
  const one = async () => {
    while (next < events) await send(next++, performance.now());
  };
  await Promise.all(Array.from({ length: connections }, one));
} else {
  await Promise.all(
    Array.from({ length: events }, async (_, n) => {
      // What a slow answer holds up counts as slow, too: latencies are taken from when a request was due.
      const due = began + (n * 1_000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      await send(n, due);
    }),
  );
}
const result: LoadResult = {
  tookMs: performance.now() - began,
  outcomes,
  p50: quantile(latencies, 0.5),
  p99: quantile(latencies, 0.99),
};
serveParent(result, { stop: () => Promise.all(pools.map((pool) => pool.close())).then(() => {}) });
