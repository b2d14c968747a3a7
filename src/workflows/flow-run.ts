import {
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { FlowHost } from '../interpreter/flow-host.ts';
import { freshState, interpret } from '../interpreter/interpret.ts';
import { renewed } from '../interpreter/migration.ts';
import { Renewal } from '../interpreter/world.ts';
import {
  NOTICE_SIGNAL,
  NOTICE_UPDATE,
  type Notice,
  type NoticeAnswer,
  type RunInput,
  type RunReport,
  type RunResult,
  STATE_QUERY,
} from '../plan/notice.ts';
import { PLAN_FORMAT } from '../plan/plan.ts';
import type { RunState } from '../plan/run-state.ts';
import { drive, settled, type Task } from '../plan/task.ts';
import { TemporalWorld } from './temporal-world.ts';

/** One person's run through one flow. The workflow type is the flow's name; the plan comes in the input. */
export function flowRun(input: RunInput): Promise<RunResult> {
  return drive(run(input));
}

function* run(input: RunInput): Task<RunResult> {
  if (input.plan.format !== PLAN_FORMAT) {
    throw new Error(`plan format ${input.plan.format} is not known to this worker, which runs format ${PLAN_FORMAT}`);
  }
  const state: RunState = input.state ?? freshState(input);
  const world = new TemporalWorld(input.entry);
  const host = new FlowHost(world, input, state, workflowInfo().workflowId);
  listen(host, world, state);
  try {
    const result = yield* interpret(host, input, state);
    if (!allHandlersFinished()) yield* settled(condition(allHandlersFinished));
    return result;
  } catch (error) {
    if (isCancellation(error)) host.report('exited', null, 'canceled', true);
    if (!(error instanceof Renewal)) throw error;
    yield* settled(condition(allHandlersFinished));
    return yield* settled(renew(renewed(input, state), input.plan.hash));
  }
}

/** hash of the plan; `router/start-run.ts` sets it at the start */
const FLOW_VERSION = { name: 'FlowVersion', type: 'KEYWORD' } as const;

/** Type, memo and search attributes stay those of the run before; of another version the attribute changes. */
function renew(input: RunInput, version: string): Promise<never> {
  const { workflowType, typedSearchAttributes } = workflowInfo();
  const moved = input.plan.hash !== version;
  return makeContinueAsNewFunc<typeof flowRun>({
    workflowType,
    ...(moved && {
      typedSearchAttributes: typedSearchAttributes.updateCopy([{ key: FLOW_VERSION, value: input.plan.hash }]),
    }),
  })(input);
}

/** Updates by which an operator decides a hold in Temporal's UI. */
const DECISIONS = [
  ['approve', 'approved'],
  ['reject', 'rejected'],
] as const;

/** Updates by which an operator holds a person where they are. */
const PAUSES = [
  ['pause', true, 'Holds the person where they are; events keep arriving.'],
  ['resume', false, 'Lets a paused person go on.'],
] as const;

/**
 * Registered before anything stops: what arrived before the first task is delivered inside these calls, in order. Every
 * handler that changes something ends by telling the world, which may have a wait to wake.
 */
function listen(host: FlowHost, world: TemporalWorld, state: RunState): void {
  const changed = () => world.changed();
  /** No promise where there is nothing to judge. */
  const take = (notice: Notice): Promise<void> | undefined => {
    host.mailbox.take(notice);
    const judging = host.judge();
    changed();
    return judging?.then(changed);
  };
  const answer = (change: () => void): RunReport => {
    change();
    changed();
    return report(host, state);
  };
  setHandler(defineSignal<[Notice]>(NOTICE_SIGNAL), take, {
    description: 'An event or an operator command, numbered by the router. Not for use by hand: use `flows`.',
  });
  setHandler(
    defineUpdate<NoticeAnswer, [Notice]>(NOTICE_UPDATE),
    async (notice) => {
      await take(notice);
      return { exited: state.exit !== null };
    },
    { description: 'An event that may end this run and start the same flow again. Not for use by hand.' },
  );
  setHandler(defineUpdate<RunReport, [string]>('exit'), (reason) => answer(() => host.mailbox.exit(reason)), {
    description: 'Makes the person leave the flow now. Input: the reason, a text.',
    validator: (reason) => {
      if (typeof reason !== 'string' || reason.trim() === '')
        throw new Error('exit takes a reason, as a text: "complaint"');
    },
  });
  for (const [name, as] of DECISIONS) {
    setHandler(defineUpdate<RunReport>(name), () => answer(() => host.mailbox.decide(host.position.step, as)), {
      description: `Decides the hold that the person waits at: ${as}.`,
      validator: () => {
        const { status } = host.position;
        if (status !== 'held') throw new Error(`there is nothing to ${name}: the run is ${status}, not held`);
      },
    });
  }
  for (const [name, paused, description] of PAUSES) {
    const turn = () => {
      state.paused = paused;
    };
    setHandler(defineUpdate<RunReport>(name), () => answer(turn), { description });
  }
  setHandler(defineQuery<RunReport>(STATE_QUERY), () => report(host, state), {
    description: 'Where the person is and how they came there.',
  });
}

function report(host: FlowHost, state: RunState): RunReport {
  return { position: host.position, trail: state.trail };
}
