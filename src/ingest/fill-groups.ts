import type { Kysely } from 'kysely';
import type { AudienceSubscription } from '../plan/event.ts';
import type { Project } from '../plan/project.ts';
import { targetKey } from '../plan/sync.ts';
import { putMembers } from '../store/syncs.ts';
import type { Tables } from '../store/tables.ts';

/**
 * A producer that connects an audience, or changes it, has its group filled with the members known by now; later ones come
 * one by one. Disconnecting leaves the group as it is: nobody left the audience.
 */
export async function fillGroups(
  db: Kysely<Tables>,
  { sources }: Pick<Project, 'sources'>,
  subscriptions: readonly AudienceSubscription[],
): Promise<void> {
  for (const { source, audience, action } of subscriptions) {
    const audiences = sources[source]?.write_through?.audiences ?? {};
    if (action === 'remove' || !Object.hasOwn(audiences, audience)) continue;
    const target = targetKey({ kind: 'group', group: audiences[audience]!.id });
    await putMembers(db, { source, audience }, { job: `source/${source}`, target, value: true });
  }
}
