/** `on_unknown: reconcile` in virtual time: Mapp took a send that timed out, and did not take one that failed with 500. */
import { expect, test } from 'vitest';
import { play } from './project.ts';

const EVENTS = 'events:\n  - { event: newsletter_signup, data: { country: DE } }';

async function timeline(steps: string, ...fail: string[]): Promise<string[]> {
  const flow = `flow: effects\non: newsletter_signup\nsteps:\n${steps}`;
  const { actual } = await play(flow, `${EVENTS}\nmapp: { fail: [${fail.join(', ')}] }`);
  return actual.slice(1).map((line) => line.slice(11).replace(/ {2,}/g, ' '));
}

const SEND =
  '  - send_email: welcome\n    id: hello\n    on_unknown: reconcile\n    set: { Hobbies: chess }\n  - check: contact.Hobbies == "chess"\n    then: [{ exit: written }]';

test('found at the first look', async () => {
  const [sent, ...rest] = await timeline(SEND, '{ step: hello, with: timeout }');
  expect(sent).toMatch(/^\d\d:01 send_email welcome Hobbies=chess$/);
  expect(rest).toEqual([expect.stringMatching(/exit written$/)]);
});

test('missing at the last look: sent again, three times at most', async () => {
  const [sent] = await timeline(SEND, '{ step: hello, with: 500 }');
  expect(sent).toMatch(/^\d\d:15 send_email welcome/);
  const lines = await timeline(SEND, '{ step: hello, with: 500, times: 3 }');
  expect(lines).toEqual([expect.stringMatching(/:45 send_email welcome .*parked$/)]);
});

test('what no history tells parks', async () => {
  const steps = '  - start_automation: vip\n    id: hello\n    on_unknown: reconcile';
  expect(await timeline(steps, '{ step: hello, with: timeout }')).toEqual([
    expect.stringMatching(/start_automation vip parked$/),
  ]);
});
