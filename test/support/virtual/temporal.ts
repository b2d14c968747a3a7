/**
 * Temporal in virtual time: the little of a server and of a worker that the router and the interpreter can tell apart from the real
 * ones. Runs are the real interpreter; their activities go to the delivery that is handed in.
 */
import {
  type Client,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Delivery } from '../../../src/delivery/delivery.ts';
import type { Notice, NoticeAnswer, RunInput, RunResult } from '../../../src/plan/notice.ts';
import type { TimedActivities } from '../../../src/plan/timed-entry.ts';
import { Agenda } from './agenda.ts';
import { VirtualRun } from './run.ts';
import { VirtualSchedules } from './schedules.ts';

export interface VirtualTemporalOptions {
  /** ms since the epoch */
  readonly now: () => number;
  readonly delivery: Delivery;
  readonly timed: TimedActivities;
  /** a run continues as new after so many events */
  readonly renewAfter: number;
}

export class VirtualTemporal {
  /** nobody is answered, and no timer fires */
  away = false;
  /** by workflow id, in the order of their starts */
  readonly runs = new Map<string, VirtualRun>();
  readonly agenda: Agenda;
  readonly schedules: VirtualSchedules;
  /** what the router is given */
  readonly client: Client;
  private readonly options: VirtualTemporalOptions;

  constructor(options: VirtualTemporalOptions) {
    this.options = options;
    this.agenda = new Agenda(options.now);
    this.schedules = new VirtualSchedules(options.now, options.timed);
    this.client = this.makeClient() as unknown as Client;
  }

  /** when there is something to do next, ms since the epoch */
  get next(): number {
    return this.away ? Number.POSITIVE_INFINITY : Math.min(this.agenda.next, this.schedules.next);
  }

  /** Rings the timers that are due, the oldest first, at most `limit`, and waits until the runs have done what follows. */
  async ring(limit = Number.POSITIVE_INFINITY): Promise<void> {
    for (let rung = 0; rung < limit && this.agenda.ring(); rung += 1);
    await this.agenda.idle();
  }

  private makeClient() {
    const reached = async <T>(answer: () => T | Promise<T>): Promise<T> => {
      if (this.away) throw unavailable();
      return answer();
    };
    return {
      withDeadline: <T>(_: number, task: () => Promise<T>) => task(),
      schedule: {
        list: () => this.unlessAway(this.schedules.list()),
        create: (options: Parameters<VirtualSchedules['create']>[0]) => reached(() => this.schedules.create(options)),
        getHandle: (id: string) => ({ delete: () => reached(() => this.schedules.getHandle(id).delete()) }),
      },
      workflow: {
        start: (type: string, options: StartOptions) => reached(() => this.start(type, options)),
        list: ({ query }: { readonly query: string }) => this.unlessAway(this.list(query)),
        getHandle: (id: string) => ({
          describe: () => reached(() => describe(this.known(id))),
          result: () => reached(() => resultOf(this.known(id))),
          signal: (_: string, notice: Notice) =>
            reached(() => {
              void this.agenda.work(this.running(id).take(notice));
            }),
          executeUpdate: (_: string, { args }: { readonly args: readonly [Notice] }): Promise<NoticeAnswer> =>
            reached(() => this.running(id).take(args[0])),
        }),
      },
    };
  }

  private unlessAway<T>(items: AsyncIterable<T>): AsyncIterable<T> {
    const isAway = () => this.away;
    return {
      async *[Symbol.asyncIterator]() {
        if (isAway()) throw unavailable();
        yield* items;
      },
    };
  }

  private start(type: string, { workflowId, args, memo }: StartOptions): void {
    const known = this.runs.get(workflowId);
    if (known?.ended != null) {
      throw new WorkflowExecutionAlreadyStartedError('Workflow execution already started', workflowId, type);
    }
    if (known !== undefined) return;
    const { delivery, renewAfter } = this.options;
    this.runs.set(workflowId, new VirtualRun(workflowId, args[0], memo, { agenda: this.agenda, delivery, renewAfter }));
  }

  private async *list(query: string): AsyncGenerator<{ workflowId: string; memo: object }> {
    const since = /CloseTime >= "([^"]+)"/.exec(query);
    for (const { id, memo, ended } of [...this.runs.values()]) {
      const wanted = since === null ? ended === null : ended !== null && ended.at.getTime() >= Date.parse(since[1]!);
      if (wanted) yield { workflowId: id, memo };
    }
  }

  private known(id: string): VirtualRun {
    const run = this.runs.get(id);
    if (run === undefined) throw new WorkflowNotFoundError(`workflow not found for ID: ${id}`, id, undefined);
    return run;
  }

  private running(id: string): VirtualRun {
    const run = this.known(id);
    if (run.ended !== null) throw new WorkflowNotFoundError('workflow execution already completed', id, undefined);
    return run;
  }
}

interface StartOptions {
  readonly workflowId: string;
  readonly args: readonly [RunInput];
  readonly memo: object;
}

function describe({ ended }: VirtualRun) {
  if (ended === null) return { status: { name: 'RUNNING' } };
  return { status: { name: 'result' in ended ? 'COMPLETED' : 'FAILED' }, closeTime: ended.at };
}

function resultOf({ id, ended }: VirtualRun): RunResult {
  if (ended !== null && 'result' in ended) return ended.result;
  throw ended?.error ?? new Error(`${id} has not ended`);
}

/** As the client's errors are: gRPC's own as the cause. */
function unavailable(): ServiceError {
  const cause = Object.assign(new Error('14 UNAVAILABLE: No connection established'), {
    ...{ code: 14, details: 'No connection established', metadata: {} },
  });
  return new ServiceError('14 UNAVAILABLE: No connection established', { cause });
}
