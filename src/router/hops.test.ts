import { beforeEach, expect, test } from 'vitest';
import { again, arrive, decideOnce, decisions, entries, plan, verdicts } from '../../test/support/router/fixtures.ts';
import { ada, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import { wordsOf } from '../operate/why-words.ts';
import type { PlanStep } from '../plan/plan.ts';
import { MOST_HOPS } from './hops.ts';
import { publish } from './publish.ts';

useFreshStore();
beforeEach(async () => {
  const on = [{ event: 'from_flow', where: null, match: [] }];
  await publish(store, [
    plan({ flow: 'welcome', on: [{ event: 'signup', where: null, match: [] }, ...on], reentry: { mode: 'always' } }),
  ]);
});

async function decide(inbox: string): Promise<string | null> {
  await again(store, await decideOnce(store));
  return await verdicts(store, inbox);
}

/** What the last run hands over to the flow, that long after its entry. */
async function handOver(afterMs: number): Promise<string> {
  const last = (await entries(store)).at(-1)!;
  return arrive(store, ada, 'from_flow', {
    source: 'flows',
    flow: 'welcome',
    origin: { flow: 'welcome', entry: last.id },
    time: new Date(last.entered_at.getTime() + afterMs).toISOString(),
    received: new Date(last.entered_at.getTime() + afterMs).toISOString(),
  });
}

test('runs that start one another at once come to an end, which is told', async () => {
  expect(await decide(await arrive(store, ada, 'signup'))).toBe('welcome started');
  await store.db
    .updateTable('entries')
    .set({ hops: MOST_HOPS - 1 })
    .execute();
  expect(await decide(await handOver(1_000))).toBe('welcome started');
  expect((await entries(store)).map(({ hops }) => hops)).toEqual([MOST_HOPS - 1, MOST_HOPS]);
  const refused = await handOver(1_000);
  expect(await decide(refused)).toBe('welcome endless');
  expect(wordsOf((await decisions(store, refused))![0]!, null)).toBe(
    'not started: 100 runs started one another at once, with nothing that waits',
  );
});

const handsOver = { id: 's2', kind: 'start_flow', next: null, flow: 'welcome' } as unknown as PlanStep;
const waits = { id: 's1', kind: 'wait', next: 's2' } as unknown as PlanStep;

test('of a flow that cannot wait every run counts, however slow the engine was; events of others begin anew', async () => {
  expect(await decide(await arrive(store, ada, 'signup'))).toBe('welcome started');
  await store.db.updateTable('entries').set({ hops: MOST_HOPS }).execute();
  expect(await decide(await handOver(7_200_000))).toBe('welcome endless');
  expect(await decide(await arrive(store, ada, 'signup'))).toBe('welcome started');
  expect((await entries(store)).map(({ hops }) => hops)).toEqual([MOST_HOPS, 0]);
});

test('whoever waits in between goes round for as long as it takes', async () => {
  const on = ['signup', 'from_flow'].map((event) => ({ event, where: null, match: [] }));
  const steps = { s1: waits, s2: handsOver };
  await publish(store, [plan({ on, reentry: { mode: 'always' }, first: 's1', steps })]);
  expect(await decide(await arrive(store, ada, 'signup'))).toBe('welcome started');
  await store.db.updateTable('entries').set({ hops: MOST_HOPS }).execute();
  expect(await decide(await handOver(36_000))).toBe('welcome endless');
  expect(await decide(await handOver(36_001))).toBe('welcome started');
  expect((await entries(store)).map(({ hops }) => hops)).toEqual([MOST_HOPS, 0]);
});
