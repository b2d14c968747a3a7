import { expect, test } from 'vitest';
import { runId, send, store, temporal, useRouterBed } from '../../test/support/router/bed.ts';
import { plan } from '../../test/support/router/fixtures.ts';
import { eventually } from '../../test/support/router/temporal.ts';
import { publish } from '../router/publish.ts';
import { checkRuns } from './run-checks.ts';

useRouterBed();

test('runs that a restored store has forgotten are named', async () => {
  const check = () => checkRuns(store, temporal.client, temporal.taskQueue);
  await publish(store, [plan()]);
  await send('signup');
  // Temporal's list follows its runs with some delay.
  const known = await eventually(async () => {
    const found = await check();
    return found.detail.includes(' 0 running') ? null : found;
  });
  expect(known).toEqual({ check: 'runs', ok: true, detail: 'the store knows all of 1 running in Temporal' });

  await store.db.deleteFrom('notices').execute();
  await store.db.deleteFrom('entries').execute();
  const { ok, detail, remedy } = await check();
  expect({ ok, detail }).toEqual({
    ok: false,
    detail: `the store does not know 1 of 1 running in Temporal, such as ${runId(1)}: it was restored to an older moment than Temporal`,
  });
  expect(remedy).toContain('The next start of `serve` takes them over');

  const person = runId(1).split('/')[1]!;
  await store.db.insertInto('erased').values({ person }).execute();
  expect((await check()).ok).toBe(true);
});
