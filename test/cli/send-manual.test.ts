import { afterAll, expect, test } from 'vitest';
import { flows, projectWith } from './cli.ts';

const project = projectWith({
  'mapp.yaml': 'project: shop\ntimezone: Europe/Berlin\n',
  'flows/welcome.yaml': 'flow: welcome\non: signup\nsteps:\n  - wait: 1 day\n',
});
afterAll(() => project.remove());

test.each([
  ['welcom', 'unknown flow "welcom": in this project are welcome'],
  ['welcome', 'flow "welcome" is not started by hand: its "on" has no "manual"'],
])('send manual --flow %s is refused before anything is sent', async (flow, sentence) => {
  const ran = await flows(project.dir, ['send', 'manual', '--flow', flow, '--contact', 'email=ada@example.com']);
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain(sentence);
});
