/** The loop: cursor, step, next. Nothing here or below decides anything from outside the plan, the state and the world. */
import type { RunInput, RunResult } from '../plan/notice.ts';
import type { PlanStep } from '../plan/plan.ts';
import type { RunState } from '../plan/run-state.ts';
import type { Task } from '../plan/task.ts';
import { runStep } from '../steps/runners.ts';
import type { FlowHost } from './flow-host.ts';
import { Exited, Hold, Renewal } from './world.ts';

export function freshState(input: RunInput): RunState {
  return {
    cursor: input.plan.first,
    seen: 0,
    ahead: 0,
    vars: {},
    steps: {},
    visits: {},
    events: [],
    wait: null,
    paused: input.paused ?? false,
    exit: null,
    reports: 0,
    trail: [],
    dropped: 0,
    ...(input.plan.on_late === undefined ? {} : { due: { at: Date.parse(input.received ?? input.entered) } }),
  };
}

/** Runs to the end, or throws `Renewal` at a point from which `state` can go on in a new run. */
export function* interpret(host: FlowHost, input: RunInput, state: RunState): Task<RunResult> {
  host.begin();
  try {
    if (input.state === undefined) yield* host.beginLate();
    while (state.cursor !== null) {
      yield* host.pass();
      // A wait taken up again after continue-as-new carries on; everything else begins here and may begin in a new run.
      if (state.wait === null && host.renewalDue()) throw new Renewal();
      const step = input.plan.steps[state.cursor];
      if (step === undefined) throw new Error(`plan ${input.plan.flow} ${input.plan.hash} has no step ${state.cursor}`);
      state.cursor = yield* runOne(step, host, state);
    }
    yield* host.pass();
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
    return finish(host, state, 'exited', error.reason);
  }
  return finish(host, state, 'completed', 'completed');
}

function* runOne(step: PlanStep, host: FlowHost, state: RunState): Task<string | null> {
  if (state.wait === null) state.visits[step.id] = (state.visits[step.id] ?? 0) + 1;
  for (;;) {
    if (state.wait?.hold !== undefined) yield* host.sitOut(step);
    try {
      return yield* attempt(step, host, state);
    } catch (error) {
      if (!(error instanceof Hold)) throw error;
      host.keepBack(step, error);
    }
  }
}

/** Once through the step, from what it reads on. */
function* attempt(step: PlanStep, host: FlowHost, state: RunState): Task<string | null> {
  host.enter(step);
  if (step.reads !== undefined) yield* host.prepare(step, step.reads);
  // `if` is looked at once: not in the middle of a wait, and not before every round.
  const underWay = state.wait !== null || state.rounds?.some((one) => one.step === step.id) === true;
  const skipped = !underWay && step.if !== undefined && host.evaluate(step.if) !== true;
  const { next, outcome, what, data, saw, result, exit } = skipped
    ? { ...SKIPPED, next: step.next, saw: host.saw(step.if!) }
    : yield* runStep(step, host);
  const at = host.isoNow();
  state.steps[step.id] = { ...result, outcome, at };
  // The line of leaving follows at once, and says all that one of an `exit` would.
  if (exit !== undefined && step.kind === 'exit') throw new Exited(exit);
  const reason = result?.reason;
  host.trail.add({
    at,
    step: step.id,
    kind: step.kind,
    outcome,
    ...(what === undefined ? {} : { what }),
    ...(data === undefined && reason === undefined
      ? {}
      : { data: { ...data, ...(reason === undefined ? {} : { reason }) } }),
    ...(saw === undefined || Object.keys(saw).length === 0 ? {} : { saw }),
  });
  if (exit !== undefined) throw new Exited(exit);
  return next;
}

/** As if the step were not there: a branching one is skipped with its branches. */
const SKIPPED = { outcome: 'skipped', what: undefined, data: undefined, result: { reason: 'if' }, exit: undefined };

function finish(host: FlowHost, state: RunState, outcome: RunResult['outcome'], reason: string): RunResult {
  host.trail.add({ at: host.isoNow(), step: null, kind: 'exit', what: reason });
  host.leave();
  host.report(outcome === 'completed' ? 'completed' : 'exited', null, reason, true);
  return { outcome, reason, position: host.position, trail: state.trail };
}
