import type { Actor } from './act.ts';
import { keep, type Lease } from './claim.ts';
import { closeEntry, findEnding, LOST } from './ending.ts';
import type { OpenRun } from './person.ts';

/**
 * Asks Temporal about runs that would refuse an entry: an end that nobody noticed yet must not cost somebody an entry. Ended
 * ones are closed in the store, the others added to `verified`.
 *
 * @throws whatever the client throws where Temporal does not answer: nothing has been decided then
 */
export async function check(
  { store, client, call }: Pick<Actor, 'store' | 'client' | 'call'>,
  lease: Lease,
  runs: readonly OpenRun[],
  verified: Set<string>,
): Promise<void> {
  for (const { id, workflow_id } of runs) {
    await keep(store, lease);
    const found = await call(() => findEnding(client, workflow_id));
    if (found === 'running') verified.add(id);
    else await closeEntry(store.db, id, found === 'not_found' ? { ...LOST, at: new Date() } : found);
  }
}
