import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import { readTests } from '../../src/compiler/tests/read-tests.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderText } from '../../src/diagnostics/render-text.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Project } from '../../src/plan/project.ts';
import { type CaseResult, runCase } from '../../src/simulation/run-case.ts';
import { SourceText } from '../../src/source/text.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
timezone_attribute: TimeZone
messages:
  welcome: { channel: email, id: "2324333335", parameters: [coupon?, first?] }
  nudge: { channel: email, id: "2324333336" }
  text: { channel: sms, id: "2324333337" }
groups: { customers: "10144", vips: "10145" }
attributes: { Purchases: int, Hobbies: string, WelcomeDone: int, TimeZone: string }
events:
  newsletter_signup: { country: string?, coupon: string?, interest: string? }
  order_placed: { order_id: string?, total: double? }
`;

export const project: Project = compileProject(new SourceText('mapp.yaml', CATALOGUE)).project!;

/** The plan of a flow without its diagnostics; a broken one fails the test with what is wrong. */
export function planOf(flow: string): Plan {
  const source = new SourceText('flow.yaml', flow);
  const { plan, diagnostics } = compile(source, project);
  if (plan === undefined) throw new Error(renderText(diagnostics, new Map([[source.path, source]])));
  return plan;
}

/** What is wrong with a test file, as people see it. */
export function problemsOf(flow: string, tests: string): string {
  const source = new SourceText('flow.test.yaml', tests);
  const plan = planOf(flow);
  const { diagnostics } = readTests(source, project, [plan], [plan.flow]);
  return renderText(diagnostics, new Map([[source.path, source]]));
}

/** Plays one case, written as in a test file below `- name: case`. */
export async function play(flow: string, written: string): Promise<CaseResult> {
  const plan = planOf(flow);
  const indented = written.trim().replace(/^/gm, '    ');
  const source = new SourceText('flow.test.yaml', `flow: ${plan.flow}\ncases:\n  - name: case\n${indented}\n`);
  const { tests, diagnostics } = readTests(source, project, [plan], [plan.flow]);
  const errors = diagnostics.filter(({ severity }: Diagnostic) => severity === 'error');
  if (tests === undefined) throw new Error(renderText(errors, new Map([[source.path, source]])));
  return runCase(plan, project, tests.cases[0]!);
}
