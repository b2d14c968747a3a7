import type { Kysely } from 'kysely';
import type { FlowEvent } from '../../plan/event.ts';
import type { Tables } from '../tables.ts';
import { sealEvents } from './seal-event.ts';
import { sealFields, vaultOf } from './vault.ts';

/** Beside the event: the value of the flow's `key` in a start, and what was said of a send. SQL asks for the rest. */
const PERSONAL = [{ name: 'key' }, { name: 'reason' }];

/** Bodies of notices as the store keeps them. */
export async function sealNotices<T extends object>(
  db: Kysely<Tables>,
  notices: readonly { readonly person: string; readonly body: T }[],
): Promise<T[]> {
  if (vaultOf(db) === null) return notices.map(({ body }) => body);
  const told = notices.flatMap(({ person, body }, n) =>
    'event' in body ? [{ n, person, event: body.event as FlowEvent }] : [],
  );
  const events = await sealEvents(db, told);
  const sealed = new Map(told.map(({ n }, at) => [n, events[at]]));
  return sealFields(
    db,
    notices.map(({ person, body }, n) => ({
      person,
      value: sealed.has(n) ? { ...body, event: sealed.get(n) } : body,
      fields: PERSONAL,
    })),
  );
}
