import { afterEach, expect, test } from 'vitest';
import { type Health, startHealth } from './health.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

let health: Health | undefined;
afterEach(() => health?.close());

test('health, readiness with its reason, metrics, and nothing else', async () => {
  const metrics = createWorkerMetrics();
  metrics.add('flows_mapp_calls_total', ['connect', 'event', 'ok'], 2);
  metrics.set('flows_worker_cached_runs', 7);
  let away = true;
  health = await startHealth({
    host: '127.0.0.1',
    port: 0,
    ready: async () => {
      if (away) throw new Error('the store does not answer');
    },
    metrics: async () => metrics.render(),
  });
  const get = async (path: string) => {
    const answer = await fetch(`${health!.url}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  expect(await get('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' });
  expect(await get('/readyz')).toEqual({
    status: 503,
    text: '{"status":"unavailable","detail":"the store does not answer"}',
  });
  away = false;
  expect((await get('/readyz')).status).toBe(200);
  const shown = (await get('/metrics')).text;
  expect(shown).toContain('flows_mapp_calls_total{api="connect",operation="event",outcome="ok"} 2\n');
  expect(shown).toContain('# TYPE flows_worker_cached_runs gauge\nflows_worker_cached_runs 7\n');
  expect((await get('/')).status).toBe(404);
});
