/** A flow's text to its plan: pure, and never throws for an author's mistake. */
import { noVariablesInGoal, planTooLarge } from '../diagnostics/codes-flow.ts';
import { noExpressionHere } from '../diagnostics/codes-shape.ts';
import { type Diagnostic, Reporter } from '../diagnostics/diagnostic.ts';
import { type ExitListener, type Goal, PLAN_FORMAT, type Plan, type PlanStep } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { pathsOf } from '../plan/reads.ts';
import { child, entry, type MapNode, textOf } from '../source/node.ts';
import type { SourceText } from '../source/text.ts';
import type { RawStep } from '../steps/definition.ts';
import { insertsExpression } from '../steps/inserts.ts';
import { timeZone } from '../steps/time-zone.ts';
import { positivePeriod } from '../steps/wait-settings.ts';
import { eventShapes } from './events.ts';
import { bareExpression } from './expression-node.ts';
import { ANY } from './expressions/types.ts';
import { fingerprint } from './fingerprint.ts';
import { flowSchema } from './flow-schema.ts';
import { lowerDefaults, lowerMaxEventAge, lowerReentry, lowerStatus } from './flow-settings.ts';
import { limitsOfPlan, lowerLimits } from './limits.ts';
import { eventNames, type ListenerPlace, lowerListeners } from './listeners.ts';
import { type FlowFacts, StepLowering } from './lower-steps.ts';
import { checkPlainTexts } from './plain-texts.ts';
import { readRoot } from './read-root.ts';
import { StepReader } from './read-steps.ts';
import { sendsOf } from './reserved-keys.ts';
import { type Scope, START, withVariable } from './scope.ts';
import { timedEntry } from './timed-entries.ts';

export interface CompileResult {
  /** absent where a diagnostic is an error */
  readonly plan?: Plan;
  readonly diagnostics: Diagnostic[];
}

/** Bytes. The plan travels with every start and every continue-as-new; Temporal refuses payloads above 2 MB. */
const PLAN_LIMIT = 1_000_000;

/** Compiles one flow file against its project. Everything that is wrong is reported at once, each thing once. */
export function compile(source: SourceText, project: Project): CompileResult {
  const reporter = new Reporter(source);
  const reader = new StepReader(reporter);
  let first: readonly RawStep[] = [];
  const root = readRoot(reporter, flowSchema, 'flow', (list) => {
    first = reader.read(list);
  });
  if (root === null) return { diagnostics: reporter.diagnostics() };
  reader.checkIds();
  checkPlainTexts(root, reporter);
  const plan = lowerFlow(root, first, reader.all, project, reporter);
  const size = Buffer.byteLength(JSON.stringify(plan));
  if (size > PLAN_LIMIT) reporter.report(entry(root, 'steps')?.keySpan ?? root.span, planTooLarge(size, PLAN_LIMIT));
  const diagnostics = reporter.diagnostics();
  return reporter.failed ? { diagnostics } : { plan, diagnostics };
}

function lowerFlow(
  root: MapNode,
  first: readonly RawStep[],
  all: readonly RawStep[],
  project: Project,
  reporter: Reporter,
): Plan {
  const zone = child(root, 'timezone');
  const key = child(root, 'key');
  const facts: FlowFacts = {
    project,
    shapes: eventShapes(project),
    reporter,
    starting: eventNames(child(root, 'on')),
    keyed: key !== undefined,
    timezone: zone === undefined ? project.timezone : timeZone(zone, reporter.report.bind(reporter), 'or contact'),
    all,
    defaults: lowerDefaults(root),
  };
  const lowering = new StepLowering(facts);
  lowering.lowerList(first, null, START);
  const plan: Plan = {
    format: PLAN_FORMAT,
    flow: textOf(child(root, 'flow')) ?? '',
    hash: '',
    description: textOf(child(root, 'description')),
    status: lowerStatus(root),
    timezone: facts.timezone,
    project_timezone: project.timezone,
    on: lowerOn(root, facts, lowering),
    key:
      key === undefined
        ? null
        : bareExpression(key, 'any', { env: lowering.env(START), reporter, onReads: () => {} }).expr,
    reentry: lowerReentry(root, reporter),
    exit_on: lowerExitOn(root, facts, lowering),
    max_event_age: lowerMaxEventAge(root, reporter),
    listens: [],
    first: first[0]?.id ?? null,
    steps: Object.fromEntries(inFileOrder(all, lowering)),
    groups: lowering.needsGroups ? (project.groups ?? {}) : {},
    ...(textOf(child(root, 'on_change')) === 'migrate' && { on_change: 'migrate' as const }),
    ...lowerGoals(root, facts, lowering),
    ...limitsOfPlan(lowerLimits(root, 'flow', reporter), project, facts.timezone),
  };
  const complete = { ...plan, listens: listensOf(plan) };
  return { ...complete, hash: fingerprint(complete) };
}

function inFileOrder(all: readonly RawStep[], { steps }: StepLowering): [string, PlanStep][] {
  return all.flatMap(({ id }): [string, PlanStep][] => {
    const step = steps.get(id);
    return step === undefined ? [] : [[id, step]];
  });
}

function lowerOn(root: MapNode, facts: FlowFacts, lowering: StepLowering): Plan['on'] {
  const node = child(root, 'on');
  return node === undefined
    ? []
    : lowerListeners(node, placeOf('on', facts, lowering, START)).map(({ on, entry: written, span }) => ({
        ...on,
        ...timedEntry(on, written, span, facts),
      }));
}

function lowerExitOn(root: MapNode, facts: FlowFacts, lowering: StepLowering): ExitListener[] {
  const node = child(root, 'exit_on');
  if (node === undefined) return [];
  return lowerListeners(node, placeOf('exit_on', facts, lowering, anywhere(lowering))).map(
    ({ on, entry: written, says }) => {
      if (says !== undefined) return { ...on, reason: on.event, says };
      return { ...on, reason: (written === null ? null : textOf(child(written, 'reason'))) ?? on.event };
    },
  );
}

/** The router judges goals, also of runs that are over: their conditions know the events, the contact and the time. */
function lowerGoals(root: MapNode, facts: FlowFacts, lowering: StepLowering): Pick<Plan, 'goals'> {
  const node = child(root, 'goal');
  if (node === undefined) return {};
  const report = facts.reporter.report.bind(facts.reporter);
  const goals = lowerListeners(node, placeOf('goal', facts, lowering, anywhere(lowering))).map(
    ({ on, entry: written }): Goal => {
      if (written !== null && pathsOf(on.where).some(([first]) => first === 'vars')) {
        report(child(written, 'where')!.span, noVariablesInGoal());
      }
      const within = written === null ? undefined : child(written, 'within');
      const name = written === null ? undefined : child(written, 'name');
      if (insertsExpression(textOf(name) ?? '')) report(name!.span, noExpressionHere('"name"'));
      const exit = written === null ? undefined : child(written, 'exit');
      return {
        ...on,
        name: (written === null ? null : textOf(child(written, 'name'))) ?? on.event,
        ...(within !== undefined && { within: positivePeriod(within, { report }) }),
        ...(exit?.type === 'scalar' && exit.value === true && { exit: true }),
      };
    },
  );
  return { goals };
}

function placeOf(key: ListenerPlace['key'], facts: FlowFacts, lowering: StepLowering, scope: Scope): ListenerPlace {
  const { project, shapes, reporter, starting, keyed } = facts;
  return {
    key,
    project,
    shapes,
    reporter,
    starting,
    keyed,
    sends: sendsOf(facts.all),
    env: (incoming) => lowering.env({ ...scope, incoming }),
  };
}

/** A person may leave at any step: every variable of the flow may have a value, no step need have been passed. */
function anywhere(lowering: StepLowering): Scope {
  let scope = START;
  for (const step of lowering.steps.values()) {
    if (step.kind === 'assign') for (const name of Object.keys(step.vars)) scope = withVariable(scope, name, ANY);
  }
  return scope;
}

/** What a run wants to be told of. */
function listensOf({ exit_on, goals = [], steps }: Plan): string[] {
  const waited = Object.values<PlanStep>(steps).flatMap((step) =>
    step.kind === 'wait_for' ? step.arms.map((arm) => arm.on.event) : [],
  );
  // What else is a goal the router counts, and then tells.
  const exits = goals.filter(({ exit }) => exit).map(({ event }) => event);
  return [...new Set([...exit_on.map((one) => one.event), ...exits, ...waited])].sort();
}
