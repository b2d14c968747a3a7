import type { CanonicalEvent } from '../plan/event.ts';
import type { DueRequest, TimedActivities } from '../plan/timed-entry.ts';
import { type InboxEvent, lockPersons, writeInbox } from '../store/inbox.ts';
import type { Store } from '../store/store.ts';
import { type DuePerson, dueByDate, dueBySchedule } from './due-persons.ts';

/**
 * Writes one event per person who is due into the inbox. Ids are made of flow, person and occurrence: asked again, after a
 * crash or by a schedule that was made anew, it writes nothing twice.
 *
 * @param timezoneAttribute the project's attribute that holds a contact's own zone; null without one
 */
export function createTimedActivities(store: Store, timezoneAttribute: string | null): TimedActivities {
  return {
    async enterDue(request) {
      const { date, schedule } = request;
      const { due, next } =
        date !== undefined
          ? await dueByDate(store, request, date, timezoneAttribute)
          : await dueBySchedule(store, request, schedule!);
      const events = due.map((person): InboxEvent => ({ person: person.id, event: eventOf(request, person) }));
      await store.db.transaction().execute(async (trx) => {
        await lockPersons(
          trx,
          due.map(({ id }) => id),
        );
        await writeInbox(trx, events);
      });
      return next;
    },
  };
}

/** It happened, and was received, at the moment it was for: what comes late by an outage is late, as `on_late` has it. */
function eventOf({ flow, at, date, schedule }: DueRequest, { id, occurrence, value }: DuePerson): CanonicalEvent {
  const about =
    date !== undefined
      ? ['date', date.attribute, JSON.stringify(date.offset ?? 0)]
      : ['schedule', schedule!.group ?? schedule!.audience ?? ''];
  const key = [flow, ...about, id, occurrence].join('/');
  return {
    name: date === undefined ? 'schedule' : 'date',
    id: key,
    dedupeKey: key,
    time: at,
    received: at,
    source: 'flows',
    flow,
    contact: {},
    data: date === undefined ? {} : { attribute: date.attribute, value: value ?? null },
  };
}
