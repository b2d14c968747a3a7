import type { WorkerStatus } from '@temporalio/worker';
import type { Delivery } from '../delivery/delivery.ts';
import type { Engage } from '../delivery/engage-access.ts';
import type { ConnectClient } from '../mapp/connect.ts';
import { isMappError } from '../mapp/errors.ts';
import type { AnyEffect, EffectResult } from '../plan/effect.ts';
import * as system from '../system/metrics.ts';

const COUNTERS = {
  flows_effects_total: {
    help: 'Answers of the ledger to effects of runs, by step kind, outcome and reason of a skip.',
    labels: ['kind', 'outcome', 'reason'],
  },
  flows_mapp_calls_total: {
    help: 'Calls to Mapp, by API, what was called and how it ended (ok, or the kind of the error).',
    labels: ['api', 'operation', 'outcome'],
  },
  flows_mapp_events_total: {
    help: 'Events in calls that Mapp Connect took, by subtype: with those calls it gives the size of the batches.',
    labels: ['subtype'],
  },
} as const;

const GAUGES = {
  flows_worker_slots_used: { help: 'Slots of the Temporal worker in use, by kind of task.', labels: ['task'] },
  flows_worker_cached_runs: { help: 'Runs that the worker keeps in memory.', labels: [] },
} as const;

export type WorkerMetrics = system.Metrics<keyof typeof COUNTERS, keyof typeof GAUGES>;

export const createWorkerMetrics = (): WorkerMetrics => system.createMetrics(COUNTERS, GAUGES);

/** The delivery, with its answers counted. What is deferred is counted when it is asked for again. */
export function countingEffects(delivery: Delivery, metrics: WorkerMetrics): Delivery {
  const counted = (deliver: (effect: AnyEffect) => Promise<EffectResult>) => async (effect: AnyEffect) => {
    const result = await deliver(effect);
    const reason = result.outcome === 'skipped' ? result.reason : '';
    if (result.outcome !== 'look') metrics.add('flows_effects_total', [effect.kind, result.outcome, reason]);
    return result;
  };
  return { ...delivery, deliver: counted(delivery.deliver), deliverLater: counted(delivery.deliverLater) };
}

type Calls = Pick<ConnectClient, 'event' | 'batch'>;

/** The calls of Connect that the delivery makes, counted. */
export function countingCalls(connect: Calls, metrics: WorkerMetrics): Calls {
  const counted = async (operation: string, subtype: string, events: number, call: Promise<void>) => {
    try {
      await call;
    } catch (error) {
      metrics.add('flows_mapp_calls_total', ['connect', operation, isMappError(error) ? error.kind : 'error']);
      throw error;
    }
    metrics.add('flows_mapp_calls_total', ['connect', operation, 'ok']);
    metrics.add('flows_mapp_events_total', [subtype], events);
  };
  return {
    event: (subtype, body) => counted('event', subtype, 1, connect.event(subtype, body)),
    batch: (subtype, bodies) => counted('event/batch', subtype, bodies.length, connect.batch(subtype, bodies)),
  };
}

/** The calls of Engage that the delivery makes, counted. */
export function countingEngage(engage: Engage, metrics: WorkerMetrics): Engage {
  const counted =
    <Args extends unknown[], T>(operation: string, call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      try {
        const answer = await call(...args);
        metrics.add('flows_mapp_calls_total', ['engage', operation, 'ok']);
        return answer;
      } catch (error) {
        metrics.add('flows_mapp_calls_total', ['engage', operation, isMappError(error) ? error.kind : 'error']);
        throw error;
      }
    };
  return {
    contact: counted('contact/get', (identifier) => engage.contact(identifier)),
    memberships: counted('membership/findAll', (id) => engage.memberships(id)),
    memberAttributes: counted('membership/getAttributes', (id, group) => engage.memberAttributes(id, group)),
    messageHistory: counted('user/getMessageHistory', (id, from, to) => engage.messageHistory(id, from, to)),
    updateProfile: counted('user/updateProfile', (id, set) => engage.updateProfile(id, set)),
    sendSingle: counted('message/sendSingle', (...args) => engage.sendSingle(...args)),
  };
}

/** With how busy the worker is at this moment. */
export function renderWorkerMetrics(metrics: WorkerMetrics, status: WorkerStatus): string {
  metrics.set('flows_worker_slots_used', status.numInFlightWorkflowActivations, ['workflow']);
  metrics.set('flows_worker_slots_used', status.numInFlightLocalActivities, ['local_activity']);
  metrics.set('flows_worker_slots_used', status.numInFlightNonLocalActivities, ['activity']);
  metrics.set('flows_worker_cached_runs', status.numCachedWorkflows);
  return metrics.render();
}
