import type { Plan } from '../plan/plan.ts';
import type { PublishReport } from '../router/publish.ts';
import type { Store } from '../store/store.ts';

/** What publishing these plans would change; how many runs would hear of it is known only when it is done. */
export async function previewPublish(
  store: Store,
  plans: readonly Plan[],
): Promise<Pick<PublishReport, 'published' | 'removed' | 'held'>> {
  const rows = await store.db.selectFrom('flows').select(['flow', 'hash', 'status']).orderBy('flow').execute();
  const before = new Map(rows.map((row) => [row.flow, row]));
  const kept = new Set(plans.map((plan) => plan.flow));
  const removed = rows.filter((row) => row.status !== 'removed' && !kept.has(row.flow));
  return {
    published: plans.map(({ flow, hash, status }) => {
      const was = before.get(flow);
      return { flow, hash, status, changed: was?.hash !== hash || was.status !== status };
    }),
    removed: removed.map((row) => row.flow),
    held: removed.filter((row) => row.status === 'paused').map((row) => row.flow),
  };
}
