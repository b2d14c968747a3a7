/** Events whose names and fields the language itself knows (LANGUAGE.md §3). */
import type { Field, FieldType } from './event.ts';

export interface ReservedEvent {
  /** null: whatever was passed, or the producer's own */
  readonly fields: { readonly [field: string]: Field } | null;
  /** what stands behind the event's name where that is the key of an entry; null: it cannot be one */
  readonly main: string | null;
  /** it has a place in `on` only */
  readonly starts?: true;
  /** the engine tells of it: `emit` cannot */
  readonly ours?: true;
}

const maybe = (type: FieldType): Field => ({ type, optional: true });
const text: Field = { type: 'string', optional: false };
const group: ReservedEvent = { fields: { group: text }, main: 'group', ours: true };
const audience: ReservedEvent = {
  fields: { audience: text, backfill: maybe('bool') },
  main: 'audience',
  ours: true,
};
const message: ReservedEvent = {
  fields: {
    ...{ message: maybe('string'), link: maybe('string'), text: maybe('string'), step: maybe('string') },
    /** `run.id` of the run that sent it */
    run: maybe('string'),
  },
  main: 'message',
  ours: true,
};
const session: ReservedEvent = { fields: null, main: null };

export const RESERVED_EVENTS: { readonly [event: string]: ReservedEvent } = {
  attribute_changed: {
    fields: { name: text, from: maybe('any'), to: maybe('any') },
    main: 'name',
    ours: true,
  },
  group_joined: group,
  group_left: group,
  audience_entered: audience,
  audience_exited: audience,
  purchase: {
    fields: {
      order_id: maybe('string'),
      total: maybe('double'),
      currency: maybe('string'),
      items: maybe({ list: 'any' }),
      first: maybe('bool'),
    },
    main: 'order_id',
  },
  message_sent: message,
  message_opened: message,
  message_clicked: message,
  message_bounced: message,
  message_replied: message,
  message_unsubscribed: message,
  mp_session_start: session,
  mp_session_end: session,
  /** the value of its key is the flow that hands over, which is no field */
  from_flow: { fields: null, main: 'flow', starts: true, ours: true },
  /** a date attribute comes round */
  date: { fields: { attribute: text, value: maybe('any') }, main: 'attribute', starts: true, ours: true },
  /** the value of its key is when, which is no field */
  schedule: { fields: {}, main: 'schedule', starts: true, ours: true },
  manual: { fields: null, main: null, starts: true, ours: true },
};

/** Those that the ledger and the router make of what they write, where any flow has to do with them. */
export const CHANGE_EVENTS = ['attribute_changed', 'group_joined', 'group_left', 'message_sent'] as const;

export function reservedEvent(name: string): ReservedEvent | null {
  return Object.hasOwn(RESERVED_EVENTS, name) ? (RESERVED_EVENTS[name] ?? null) : null;
}
