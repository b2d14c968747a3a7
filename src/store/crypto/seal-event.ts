import type { Kysely } from 'kysely';
import type { CanonicalEvent, FlowEvent } from '../../plan/event.ts';
import type { JsonObject } from '../../plan/json.ts';
import type { Tables } from '../tables.ts';
import { type SealedField, sealFields } from './vault.ts';

/** Fields of an event with what is personal in it. Names, times, sources and flags stay readable: SQL counts by them. */
const PERSONAL: readonly (keyof CanonicalEvent)[] = [
  'contact',
  'aliases',
  'identityChange',
  'profile',
  'timezone',
  'notes',
];

/** Which fields of `data` SQL asks for, by event: who is in an audience, and which delivery Mapp's feedback is about. */
const ASKED: { readonly [event: string]: readonly string[] } = {
  audience_entered: ['audience'],
  audience_exited: ['audience'],
};

/** Events as the store keeps them. */
export function sealEvents<T extends FlowEvent>(
  db: Kysely<Tables>,
  events: readonly { readonly person: string; readonly event: T }[],
): Promise<T[]> {
  return sealFields(
    db,
    events.map(({ person, event }) => ({ person, value: event, fields: fieldsOf(event) })),
  );
}

function fieldsOf({ name, data }: FlowEvent): SealedField[] {
  const asked = (ASKED[name] ?? []).filter((field) => Object.hasOwn(data, field));
  const beside: JsonObject = Object.fromEntries(asked.map((field) => [field, data[field]!]));
  return [{ name: 'data', beside }, ...PERSONAL.map((field) => ({ name: field }))];
}
