/** Events as a flow may name them: those of the catalogue, and the reserved ones (LANGUAGE.md §3). */
import { onlyInOn, unknownEvent } from '../diagnostics/codes-names.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import type { EventShapes } from '../plan/event.ts';
import type { Project } from '../plan/project.ts';
import { RESERVED_EVENTS, reservedEvent } from '../plan/reserved-events.ts';

/** Shapes by event; an event that is not in it may have any field. A catalogue may declare more fields of a reserved one. */
export function eventShapes(project: Project): EventShapes {
  const reserved = Object.entries(RESERVED_EVENTS).flatMap(([name, { fields }]) =>
    fields === null ? [] : [[name, { ...fields, ...project.events?.[name] }]],
  );
  return { ...project.events, ...Object.fromEntries(reserved) };
}

/** What is wrong with an event's name at this key, if anything; at `on` there is room for every event. */
export function eventProblem(
  name: string,
  project: Project,
  key: 'on' | 'exit_on' | 'goal' | 'wait_for' = 'on',
): Finding | null {
  const reserved = reservedEvent(name);
  if (reserved?.starts === true && key !== 'on') return onlyInOn(name, key);
  if (reserved !== null || Object.hasOwn(project.events ?? {}, name)) return null;
  return project.events === null ? null : unknownEvent(name, eventsAt(project, key));
}

/** Events that may be named at a key, declared and reserved. */
export function eventsAt(project: Project, key: string): string[] {
  const reserved = Object.keys(RESERVED_EVENTS).filter(
    (name) => key === 'on' || RESERVED_EVENTS[name]?.starts !== true,
  );
  return [...Object.keys(project.events ?? {}), ...reserved];
}
