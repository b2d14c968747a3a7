/** Events as a flow may name them: those of the catalogue, and the reserved ones (LANGUAGE.md §3). */
import { unknownEvent } from '../diagnostics/codes-names.ts';
import { notSupportedYet } from '../diagnostics/codes-shape.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import type { EventShapes, Field, FieldType } from '../plan/event.ts';
import type { Project } from '../plan/project.ts';
import { LATER_EVENTS } from '../steps/schemas.ts';

function maybe(type: FieldType): Field {
  return { type, optional: true };
}

/** Fields of the events that producers' adapters make; `mp_session_*` have the producer's own, any of them. */
const PURCHASE: { readonly [field: string]: Field } = {
  order_id: maybe('string'),
  total: maybe('double'),
  currency: maybe('string'),
  items: maybe({ list: 'any' }),
  first: maybe('bool'),
};
const SESSION_EVENTS = ['mp_session_start', 'mp_session_end'];

/** Shapes by event; an event that is not in it may have any field. */
export function eventShapes(project: Project): EventShapes {
  return { ...project.events, purchase: { ...PURCHASE, ...project.events?.purchase } };
}

/** What is wrong with an event's name, if anything. */
export function eventProblem(name: string, project: Project): Finding | null {
  const declared = Object.keys(project.events ?? {});
  if (declared.includes(name) || name === 'purchase' || SESSION_EVENTS.includes(name)) return null;
  if (LATER_EVENTS.some((later) => later === name)) return notSupportedYet(`the event "${name}"`);
  return project.events === null ? null : unknownEvent(name, [...declared, 'purchase', ...SESSION_EVENTS]);
}
