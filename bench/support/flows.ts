/** The flows that are measured, as an author writes them; `hand-written/` has the same in TypeScript. */

import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Project } from '../../src/plan/project.ts';
import { SourceText } from '../../src/source/text.ts';

const CATALOGUE = `
project: bench
timezone: Europe/Berlin
attributes:
  Level: string
messages:
  one: { channel: email, id: "500001" }
  two: { channel: email, id: "500002" }
  three: { channel: email, id: "500003" }
`;

const FLOWS = {
  'send-wait-send': `
flow: send-wait-send
on: start
reentry: always
steps:
  - send_email: one
  - wait: 1 second
  - send_email: two
`,
  'wait-for-branch-send': `
flow: wait-for-branch-send
on: start
reentry: always
steps:
  - wait_for: order_placed
    timeout: 1 second
  - switch: event.field
    cases:
      gold: [{ send_email: one }]
      silver: [{ send_email: two }]
    default: [{ send_email: three }]
`,
  'five-sends': `
flow: five-sends
on: start
reentry: always
steps:
  - send_email: one
  - send_email: two
  - send_email: three
  - send_email: one
  - send_email: two
`,
  'one-send': `
flow: one-send
on: start
reentry: always
steps:
  - send_email: one
`,
  'check-send': `
flow: check-send
on: start
reentry: always
steps:
  - check: contact.Level == null
    then:
      - send_email: one
`,
  once: `
flow: once
on: page_viewed
reentry: once
steps:
  - send_email: one
`,
  sleeper: `
flow: sleeper
on: start
reentry: always
steps:
  - wait: 30 days
  - send_email: one
`,
};

export type BenchFlow = keyof typeof FLOWS;

/** Those that are written by hand as well. */
export type ComparedFlow = Exclude<BenchFlow, 'one-send' | 'check-send' | 'once'>;

export function benchProject(): Project {
  const { project, diagnostics } = compileProject(new SourceText('mapp.yaml', CATALOGUE));
  if (project === undefined) throw new Error(`the bench's catalogue is broken: ${JSON.stringify(diagnostics)}`);
  return project;
}

export function benchPlan(flow: BenchFlow): Plan {
  const { plan, diagnostics } = compile(new SourceText(`${flow}.yaml`, FLOWS[flow]), benchProject());
  if (plan === undefined) throw new Error(`bench flow ${flow} is broken: ${JSON.stringify(diagnostics)}`);
  return plan;
}
