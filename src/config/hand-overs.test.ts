import { expect, test } from 'vitest';
import { projectWith } from '../../test/cli/cli.ts';
import { loadProject } from './project.ts';

/** What is said of flows, given as what stands behind their names: `{ file: text }` without the name. */
async function said(flows: { readonly [flow: string]: string }): Promise<string[]> {
  const files = Object.entries(flows).map(([flow, text]) => [`flows/${flow}.yaml`, `flow: ${flow}\n${text}\n`]);
  const project = projectWith({
    'mapp.yaml': 'project: shop\ntimezone: Europe/Berlin\n',
    ...Object.fromEntries(files),
  });
  try {
    const { diagnostics, broken } = await loadProject(project.dir);
    expect(broken).toBe(false);
    return diagnostics.map(({ code, file, range, message }) => {
      expect(code).toBe('loop-without-wait');
      return `${file}:${range.start.line} ${message.replace(/^.*: /, '')}`;
    });
  } finally {
    project.remove();
  }
}

const ping = 'on: [signup, { from_flow: pong }]\nsteps:\n  - start_flow: pong';
const pong = 'on: { from_flow: ping }\nsteps:\n  - start_flow: ping';

test('flows that start each other with nothing that waits in between', async () => {
  expect(await said({ ping, pong })).toEqual([
    'flows/ping.yaml:4 ping → pong → ping',
    'flows/pong.yaml:4 pong → ping → pong',
  ]);
  expect(await said({ own: 'on: { from_flow: own }\nsteps:\n  - start_flow: own' })).toEqual([
    'flows/own.yaml:4 own → own',
  ]);
});

test('by events too, behind conditions, over several flows', async () => {
  const flows = {
    a: 'on: first\nsteps:\n  - check: event.x == 1\n    then:\n      - repeat: 3\n        steps: [{ emit: second }, { wait: 1 day }]',
    b: 'on: second\nsteps:\n  - start_flow: c\n    if: event.x == 2',
    c: 'on: { from_flow: any }\nsteps:\n  - switch: event.x\n    cases: { "1": [{ emit: first }] }',
    aside: 'on: second\nsteps:\n  - emit: third',
  };
  expect(await said(flows)).toEqual([
    'flows/a.yaml:7 a → b → c → a',
    'flows/b.yaml:4 b → c → a → b',
    'flows/c.yaml:5 c → a → b → c',
  ]);
  const other = 'on: met\nsteps:\n  - emit: met\n    contact: { email: "${event.friend}" }';
  expect(await said({ other })).toEqual(['flows/other.yaml:4 other → other']);
});

test.each([
  ['a wait', { pong: 'on: { from_flow: ping }\nsteps:\n  - wait: 1 hour\n  - start_flow: ping' }],
  [
    'a wait for an event',
    { pong: 'on: { from_flow: ping }\nsteps:\n  - wait_for: paid\n    timeout: 1 day\n  - start_flow: ping' },
  ],
  ['a hold', { pong: 'on: { from_flow: ping }\nsteps:\n  - hold: ok?\n  - start_flow: ping' }],
  ['reentry: once', { pong: `reentry: once\n${pong}` }],
  ['a cooldown', { ping: `reentry: 1 day\n${ping}` }],
  ['a flow that is off', { pong: `status: paused\n${pong}` }],
  [
    'an exit before it',
    {
      pong: 'on: { from_flow: ping }\nsteps:\n  - check: event.x == 1\n    then: [{ exit: a }]\n    else: [{ exit: b }]',
    },
  ],
])('%s ends the round', async (_, flows) => {
  expect(await said({ ping, pong, ...flows })).toEqual([]);
});

test('a flow does not hear what it emits for its own contact', async () => {
  expect(await said({ own: 'on: met\nsteps:\n  - emit: met' })).toEqual([]);
});
