/** Messages with `via: engage`: from the catalogue to the operation. */
import { expect, test } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import { SourceText } from '../source/text.ts';

const CATALOGUE = `
project: shop
groups: { customers: "10144" }
messages:
  receipt: { channel: email, id: "1", via: engage }
  code: { channel: sms, id: "2", via: engage }
  hello: { channel: email, id: "3", via: connect }
`;
const project = compileProject(new SourceText('mapp.yaml', CATALOGUE)).project!;

function compiled(...steps: string[]) {
  return compile(new SourceText('test.yaml', `flow: test\non: loose\nsteps:\n  - ${steps.join('\n  - ')}\n`), project);
}

test('the plan says of a message that it goes through Engage', () => {
  const { plan, diagnostics } = compiled('send_email: receipt', 'send_sms: code', 'send_email: hello');
  expect(diagnostics).toEqual([]);
  expect(Object.values(plan!.steps).map((step) => ('via' in step ? step.via : undefined))).toEqual([
    'engage',
    'engage',
    undefined,
  ]);
});

test('to a group only Connect can send', () => {
  const { diagnostics } = compiled('send_to_group: receipt\n    group: customers');
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]).toMatchObject({ code: 'wrong-channel', message: expect.stringContaining('by Engage') });
});
