import type { FlowEvent } from './event.ts';

/** What an event is told apart from the starting one by: the same value, never null, in every field of `match`. */
export function sameFields(match: readonly string[], start: FlowEvent, incoming: FlowEvent): boolean {
  return match.every((field) => {
    const value = Object.hasOwn(start.data, field) ? start.data[field] : null;
    const other = Object.hasOwn(incoming.data, field) ? incoming.data[field] : null;
    return value !== null && value !== undefined && JSON.stringify(value) === JSON.stringify(other);
  });
}
