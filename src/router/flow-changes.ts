/** What publishing plans changes of the flows that are published: the same whether it is done, or only asked for. */
import type { Kysely } from 'kysely';
import type { FlowStatus, Plan } from '../plan/plan.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';

export type Status = FlowStatus | 'removed';

export interface FlowChanges {
  /** one per plan; `changed`: new, another version, or another status than before */
  readonly published: readonly {
    readonly flow: string;
    readonly hash: string;
    readonly status: FlowStatus;
    readonly changed: boolean;
  }[];
  /** flows that were published before and are not among the plans */
  readonly removed: readonly string[];
  /** of these, which were paused: people inside hold until the flow comes back */
  readonly held: readonly string[];
}

interface FlowBefore {
  readonly flow: string;
  readonly hash: string;
  readonly status: Status;
}

/** What `publish` would change; how many runs would hear of it is known only when it is done. */
export async function previewPublish(store: Store, plans: readonly Plan[]): Promise<FlowChanges> {
  return changesBy(plans, await flowsBefore(store.db));
}

/** By name. */
export async function flowsBefore(db: Kysely<Tables>): Promise<ReadonlyMap<string, FlowBefore>> {
  const rows = await db.selectFrom('flows').select(['flow', 'hash', 'status']).execute();
  return new Map(rows.map((row) => [row.flow, row]));
}

export function changesBy(plans: readonly Plan[], before: ReadonlyMap<string, FlowBefore>): FlowChanges {
  const kept = new Set(plans.map(({ flow }) => flow));
  const removed = [...before.values()]
    .filter(({ flow, status }) => status !== 'removed' && !kept.has(flow))
    .map(({ flow }) => flow)
    .sort();
  return {
    published: plans.map(({ flow, hash, status }) => {
      const was = before.get(flow);
      return { flow, hash, status, changed: was?.hash !== hash || was.status !== status };
    }),
    removed,
    held: removed.filter((flow) => before.get(flow)!.status === 'paused'),
  };
}
