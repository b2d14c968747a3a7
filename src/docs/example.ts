/** An example of the docs: made a whole flow, compiled, and run in virtual time to see what it does. */
import { compile } from '../compiler/compile.ts';
import { renderText } from '../diagnostics/render-text.ts';
import { toCall } from '../mapp/to-call.ts';
import type { Operation, Webhook } from '../plan/effect.ts';
import type { RunInput } from '../plan/notice.ts';
import type { Plan, StepKind } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { timelineText } from '../simulation/timeline.ts';
import { VirtualContact } from '../simulation/virtual-contact.ts';
import { VirtualRun } from '../simulation/virtual-run.ts';
import { SourceText } from '../source/text.ts';
import { EXAMPLE_EVENTS, EXAMPLE_PERSON, EXAMPLE_START } from './example-person.ts';

const ZONE = 'Europe/Berlin';

/** What may stand alone in a page: steps, or keys of a flow; the rest is added, after it. */
export function wholeFlow(yaml: string): string {
  if (/^- /.test(yaml)) return `flow: example\non: newsletter_signup\nsteps:\n${yaml.replace(/^(?=.)/gm, '  ')}`;
  const missing = [
    ['flow', 'flow: example\n'],
    ['on', 'on: newsletter_signup\n'],
    ['steps', 'steps: []\n'],
  ].filter(([key]) => !new RegExp(`^${key}:`, 'm').test(yaml));
  return yaml + missing.map(([, text]) => text).join('');
}

/** @throws Error with the diagnostics where the example is not clean: it is the docs' mistake */
export function compileExample(yaml: string, project: Project, where: string): Plan {
  const source = new SourceText(where, wholeFlow(yaml));
  const { plan, diagnostics } = compile(source, project);
  if (plan === undefined || diagnostics.length > 0) {
    throw new Error(`an example of the docs does not compile:\n${renderText(diagnostics, new Map([[where, source]]))}`);
  }
  return plan;
}

/** One call to the outside, as it leaves. */
export interface ExampleCall {
  readonly kind: StepKind;
  /** `POST …/event?subtype=email` */
  readonly request: string;
  readonly body: unknown;
}

export interface ExampleRun {
  readonly calls: readonly ExampleCall[];
  /** with the steps that only decide */
  readonly timeline: readonly string[];
}

/** Ada walks through the plan; nothing happens to her meanwhile, and whatever is called takes it. */
export async function runExample(plan: Plan, project: Project): Promise<ExampleRun> {
  const contact = new VirtualContact(EXAMPLE_PERSON, project);
  const calls: ExampleCall[] = [];
  const run = new VirtualRun(`${plan.flow}/ada/1`, inputOf(plan), {
    start: EXAMPLE_START,
    deliver({ kind, operation, ...effect }) {
      if (operation.type === 'handover') return { outcome: 'accepted' };
      // The ledger computes what a count writes.
      const counted = operation.type === 'count' ? { set: contact.counted(operation) } : {};
      const made = { ...operation, ...counted };
      calls.push(...callOf(kind as StepKind, made));
      contact.written({ ...effect, kind, operation: made });
      return { outcome: 'accepted', answer: made.type === 'webhook' ? { status: 200, body: null } : counted.set };
    },
    read: (request) => contact.read(request, () => false),
  });
  await run.run();
  return { calls, timeline: timelineText([run], { timezone: ZONE, verbose: true }) };
}

function inputOf(plan: Plan): RunInput {
  const name = plan.on[0]!.event;
  const time = new Date(EXAMPLE_START).toISOString();
  const event = { name, id: 'e-1', time, source: 'shop', data: EXAMPLE_EVENTS[name] ?? {} };
  return { plan, entry: 'entry', person: 'ada', key: null, event, entered: time, speed: 1 };
}

function callOf(kind: StepKind, operation: Operation): ExampleCall[] {
  if (operation.type === 'webhook') return [webhookCall(operation, kind)];
  const call = toCall(operation, EXAMPLE_PERSON.identifiers);
  return 'skip' in call ? [] : [{ kind, request: `POST …/event?subtype=${call.subtype}`, body: call.body }];
}

function webhookCall({ method, url, body }: Webhook, kind: StepKind): ExampleCall {
  return { kind, request: `${method} ${url}`, body };
}
