import { expect, test } from 'vitest';
import { projectWith } from '../../test/cli/cli.ts';
import { loadProject } from './project.ts';

const CATALOGUE = 'project: shop\ntimezone: Europe/Berlin\n';
const START = (flow: string, target: string) =>
  `flow: ${flow}\non: { from_flow: any }\nsteps:\n  - wait: 1 day\n  - start_flow: ${target}\n`;

async function codes(files: { readonly [file: string]: string }): Promise<string[]> {
  const project = projectWith({ 'mapp.yaml': CATALOGUE, ...files });
  try {
    const { diagnostics } = await loadProject(project.dir);
    return diagnostics.map(({ code, file, help }) => [file, code, ...(help === undefined ? [] : [help])].join(' '));
  } finally {
    project.remove();
  }
}

test('flows may name the flows of the project, and no others', async () => {
  expect(await codes({ 'flows/a.yaml': START('one', 'two'), 'flows/b.yaml': START('two', 'one') })).toEqual([]);
  expect(await codes({ 'flows/a.yaml': START('one', 'tow'), 'flows/b.yaml': START('two', 'one') })).toEqual([
    'flows/a.yaml unknown-flow did you mean "two"?',
  ]);
});

test('a flow with mistakes has its name all the same; one whose name cannot be read leaves names unchecked', async () => {
  const broken = 'flow: two\non: { from_flow: any }\nsteps:\n  - wiat: 1 day\n';
  expect(await codes({ 'flows/a.yaml': START('one', 'two'), 'flows/b.yaml': broken })).toEqual([
    'flows/b.yaml unknown-step-kind did you mean "wait"?',
  ]);
  const unusual = '{ flow: two, on: { from_flow: any }, steps: [] }\n';
  expect(await codes({ 'flows/a.yaml': START('one', 'two'), 'flows/b.yaml': unusual })).toEqual([]);
});

test('handing over to a flow that takes nothing from this one is a warning, where the step stands', async () => {
  const on = (entry: string) => `flow: two\non: ${entry}\nsteps:\n  - exit: done\n`;
  const files = (entry: string) => ({ 'flows/a.yaml': START('one', 'two'), 'flows/b.yaml': on(entry) });
  for (const taken of ['{ from_flow: any }', '{ from_flow: one }', '[signup, { from_flow: one }]'])
    expect(await codes(files(taken))).toEqual([]);
  for (const refused of ['signup', 'manual', '{ from_flow: two }'])
    expect(await codes(files(refused))).toEqual(['flows/a.yaml never-comes add "from_flow" to its "on"']);
});
