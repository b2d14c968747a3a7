import { sql } from 'kysely';
import { isRepeatable } from '../delivery/nature.ts';
import { type ResolveAs, resolve as resolveDelivery } from '../delivery/resolve.ts';
import type { Operation } from '../plan/effect.ts';
import { decideNotice } from '../router/decide-notice.ts';
import type { Store } from '../store/store.ts';
import { atOnce } from './at-once.ts';
import { listRuns } from './list-runs.ts';
import type { Temporal } from './runs.ts';

export const RESOLUTIONS = ['sent', 'resend', 'skip'] as const satisfies readonly ResolveAs[];
export const STUCK_STATES = ['parked', 'unknown', 'rejected'] as const;

/** A step that holds its run until somebody decides. */
export interface StuckStep {
  /** workflow id */
  readonly run: string;
  readonly flow: string;
  readonly step: string;
  /** the effect that nobody can tell the fate of, or that Mapp refused; null: the step stopped at something else */
  readonly key: string | null;
  /** state of the effect, else `parked` */
  readonly state: (typeof STUCK_STATES)[number];
  readonly reason: string | null;
  /** our own id of the entry */
  readonly entry: string;
}

export interface StuckFilter {
  readonly run?: string;
  readonly flow?: string;
  readonly step?: string;
  /** `parked`: whatever holds it */
  readonly state?: StuckStep['state'];
}

/** Every step that waits for an operator. The ledger knows those with an effect; of the others, the run's position tells. */
export async function stuckSteps(store: Store, temporal: Temporal, filter: StuckFilter): Promise<StuckStep[]> {
  const effects = await stuckEffects(store);
  const known = new Set(effects.map(({ entry }) => entry));
  const parked = await listRuns(store, temporal, { flow: filter.flow, run: filter.run, state: 'parked' });
  const others = parked
    .filter((run) => run.step !== null && !known.has(run.entry))
    .map(
      ({ run, flow, step, reason, entry }): StuckStep => ({
        run,
        flow,
        step: step!,
        key: null,
        state: 'parked',
        reason,
        entry,
      }),
    );
  return [...effects, ...others].filter(
    (one) =>
      (filter.run === undefined || one.run === filter.run) &&
      (filter.flow === undefined || one.flow === filter.flow) &&
      (filter.step === undefined || one.step === filter.step) &&
      (filter.state === undefined || filter.state === 'parked' || one.state === filter.state),
  );
}

/**
 * Undecided effects of open runs, in their newest generation. A call that must not be made twice, and whose lease is over,
 * has lost its worker; any other is simply made again.
 */
async function stuckEffects(store: Store): Promise<StuckStep[]> {
  const { rows } = await sql<StuckStep & { readonly operation: Operation; readonly orphaned: boolean }>`
    select e.workflow_id as run, d.flow, d.step, d.key, d.operation, d.state = 'sending' as orphaned,
      case when d.state = 'sending' then 'unknown' else d.state end as state, d.reason, d.entry
    from deliveries d join entries e on e.id = d.entry
    where e.state <> 'closed' and d.resolution is null
      and (d.state in ('unknown', 'rejected')
        or (d.state = 'sending' and d.lease_until < now() and d.operation ->> 'type' <> 'handover'))
      and not exists (
        select from deliveries newer
        where newer.entry = d.entry and newer.step = d.step and newer.visit = d.visit and newer.generation > d.generation
          and regexp_replace(newer.key, '/[^/]*$', '') = regexp_replace(d.key, '/[^/]*$', ''))
    order by d.at, d.key`.execute(store.db);
  return rows
    .filter(({ operation, orphaned }) => !orphaned || !isRepeatable(operation))
    .map(({ operation: _operation, orphaned: _orphaned, ...stuck }) => stuck);
}

/** Transactions at once: those of different persons do not wait for each other. */
const AT_ONCE = 8;

/** Decides all of them; `refusal` as `resolveStep` answers. `told` hears how many are done. */
export async function resolveSteps(
  store: Store,
  stuck: readonly StuckStep[],
  as: ResolveAs,
  told?: (done: number) => void,
): Promise<{ readonly one: StuckStep; readonly refusal: string | null }[]> {
  return atOnce(stuck, AT_ONCE, async (one) => ({ one, refusal: await resolveStep(store, one, as) }), told);
}

class Refused extends Error {}

/**
 * Decides one stuck step: the ledger's row and the notice to the run in one transaction, which the router then delivers.
 * Answers null, or why it was refused: somebody else decided first, or Mapp's answer came after all.
 */
export async function resolveStep(store: Store, stuck: StuckStep, as: ResolveAs): Promise<string | null> {
  try {
    await store.db.transaction().execute(async (trx) => {
      // The notice first: it locks person and run, in the order in which the router does.
      await decideNotice(trx, stuck.entry, { kind: 'resolve', step: stuck.step, as });
      if (stuck.key === null) return;
      const result = await resolveDelivery(trx, stuck.key, as);
      if (result.resolved) return;
      throw new Refused(
        result.decided === null
          ? `it is ${result.found ?? 'gone'} meanwhile`
          : `it was resolved as "${result.decided}" before`,
      );
    });
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}
