/** A producer's word that changes a profile is an event itself: `attribute_changed`. */
import type { Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Plan } from '../plan/plan.ts';
import { CHANGE_EVENTS } from '../plan/reserved-events.ts';
import { equal } from '../plan/values.ts';
import type { Attributes } from '../store/crypto/seal-values.ts';
import { ENGINE_SOURCE, writeInbox } from '../store/inbox.ts';
import type { Tables } from '../store/tables.ts';

/**
 * Puts an event into the inbox for every attribute that has another value now; the person must be locked. Answers how many.
 *
 * @param inbox id of the event that changed them
 */
export async function tellChanges(
  trx: Transaction<Tables>,
  person: string,
  change: { readonly before: Attributes; readonly after: Attributes },
  inbox: string,
  event: CanonicalEvent,
): Promise<number> {
  const events = changed(change).map(({ name, from, to }) => {
    const id = `inbox/${inbox}/${name}`;
    const { time, received, replay } = event;
    const about = { name: 'attribute_changed', id, dedupeKey: id, time, received, source: ENGINE_SOURCE };
    return { person, event: { ...about, data: { name, from, to }, contact: {}, ...(replay && { replay }) } };
  });
  await writeInbox(trx, events);
  return events.length;
}

function changed({ before, after }: { readonly before: Attributes; readonly after: Attributes }) {
  return Object.keys(after).flatMap((name) => {
    const from = (Object.hasOwn(before, name) ? before[name]?.value : null) ?? null;
    const to = after[name]?.value ?? null;
    return equal(from, to) ? [] : [{ name, from, to }];
  });
}

const mentioned = new WeakMap<Plan, readonly string[]>();

/** The events of changed profiles and groups that the plan has to do with: starts by, waits for, counts. */
export function changesIn(plan: Plan): readonly string[] {
  let found = mentioned.get(plan);
  if (found === undefined) {
    const text = JSON.stringify(plan);
    found = CHANGE_EVENTS.filter((name) => text.includes(`"${name}"`));
    mentioned.set(plan, found);
  }
  return found;
}
