import { expect, test } from 'vitest';
import { explainEvent } from '../../src/operate/why.ts';
import type { Project } from '../../src/plan/project.ts';
import { MOST_HOPS } from '../../src/router/hops.ts';
import { virtualEngine } from '../support/virtual/engine.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const MINUTE = 60_000;
const project: Project = {
  ...{ project: 'shop', timezone: 'UTC', timezone_attribute: null, groups: null, apps: null, events: null },
  ...{ attributes: null, messages: null },
  sources: { shop: { type: 'api', secrets: ['SHOP_TOKEN'], credential: 'token' } },
};

test('two flows that start each other at once come to an end, which flows why tells; with a wait they go on', async () => {
  const engine = await virtualEngine({ project, start: START });
  await engine.publish([
    `flow: ping\non: [begin, { from_flow: any }]\nreentry: always\nsteps: [{ start_flow: pong }]`,
    `flow: pong\non: { from_flow: ping }\nreentry: always\nsteps: [{ emit: tick }]`,
    `flow: echo\non: tick\nreentry: always\nsteps: [{ start_flow: ping }]`,
    `flow: slow\non: [begin_slowly, { from_flow: any }]\nreentry: always\nsteps: [{ wait: 10 minutes }, { start_flow: slow }]`,
  ]);
  await engine.post([
    { event: 'begin', id: 'quick-1', contact: { email: 'quick@example.com' } },
    { event: 'begin_slowly', id: 'slow-1', contact: { email: 'slow@example.com' } },
  ]);
  await engine.to(START + MINUTE);
  const runs = await engine.entriesOf('quick@example.com');
  // The first one was started by the producer.
  expect(runs).toHaveLength(1 + MOST_HOPS);

  const { person } = await engine.store.db
    .selectFrom('entries')
    .select('person')
    .where('id', '=', runs[0]!.id)
    .executeTakeFirstOrThrow();
  const handed = await engine.store.db.selectFrom('deliveries').select(['key', 'kind', 'state']).execute();
  expect(handed).toHaveLength(1 + MOST_HOPS);
  expect(new Set(handed.map(({ state }) => state))).toEqual(new Set(['accepted']));
  const told = await Promise.all(handed.map(({ key }) => explainEvent(engine.store, [person], key)));
  const refused = told.flat().flatMap(({ flows }) => flows.filter(({ what }) => what === 'endless'));
  expect(refused.map(({ flow, why }) => ({ flow, why }))).toEqual([
    {
      flow: ['ping', 'pong', 'echo'][(1 + MOST_HOPS) % 3],
      why: 'not started: 100 runs started one another at once, with nothing that waits',
    },
  ]);

  // What the producer tells begins anew.
  await engine.post([{ event: 'begin', id: 'quick-2', contact: { email: 'quick@example.com' } }]);
  await engine.to(START + 2 * MINUTE);
  expect(await engine.entriesOf('quick@example.com')).toHaveLength(2 * (1 + MOST_HOPS));

  const hours = 20;
  await engine.to(START + hours * 60 * MINUTE + MINUTE);
  expect(await engine.entriesOf('slow@example.com')).toHaveLength(1 + hours * 6);
  await engine.close();
});
