import { expect, test } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import type { JsonObject } from '../plan/json.ts';
import { SourceText } from '../source/text.ts';
import { simulate } from './simulate.ts';

const { project } = compileProject(new SourceText('mapp.yaml', 'project: shop\ntimezone: Europe/Berlin\n'));
const START = Date.parse('2026-03-20T10:00:00+01:00');

test('a value that is told again starts nothing', async () => {
  const flow = `
flow: test
on: { attribute_changed: Tier }
reentry: always
steps: []
`;
  const { plan } = compile(new SourceText('test.yaml', flow), project!);
  const told = (minute: number, data: JsonObject) =>
    ({
      type: 'event',
      at: START + minute * 60_000,
      event: 'attribute_changed',
      data: { name: 'Tier', ...data },
    }) as const;
  const { runs, notes } = await simulate({
    plan: plan!,
    project: project!,
    start: START,
    contact: { identifiers: {}, timezone: null, attributes: { Tier: 'silver' }, groups: [], history: [] },
    happenings: [told(0, { to: 'gold' }), told(1, { to: 'gold' }), told(2, { from: 'gold', to: 'gold' })],
    failures: [],
    webhooks: {},
  });
  expect(runs).toHaveLength(1);
  expect(notes.map(({ at, detail }) => `${at - START} ${detail}`)).toEqual([
    '60000 the value was the same already',
    '120000 the value was the same already',
  ]);
});
