import type { Kysely } from 'kysely';
import type { CanonicalEvent, FlowEvent } from '../../plan/event.ts';
import type { JsonObject } from '../../plan/json.ts';
import type { Tables } from '../tables.ts';
import { sealIds } from './seal-ids.ts';
import { type SealedField, sealFields, vaultOf } from './vault.ts';

/** Fields of an event with what is personal in it. Names, times, sources and flags stay readable: SQL counts by them. */
const PERSONAL: readonly (keyof CanonicalEvent)[] = [
  'contact',
  'aliases',
  'identityChange',
  'profile',
  'timezone',
  'feedback',
  'unused',
  'notes',
];

/** Which fields of `data` SQL asks for, by event: who is in an audience, and which delivery Mapp's feedback is about. */
const ASKED: { readonly [event: string]: readonly string[] } = {
  audience_entered: ['audience'],
  audience_exited: ['audience'],
};

/** Events as the store keeps them. The same id of the same person has the same form, to look it up by (`idForms`). */
export async function sealEvents<T extends FlowEvent>(
  db: Kysely<Tables>,
  events: readonly { readonly person: string; readonly event: T }[],
): Promise<T[]> {
  const vault = vaultOf(db);
  if (vault === null) return events.map(({ event }) => event);
  const sealed = await sealFields(
    db,
    events.map(({ person, event }) => ({ person, value: event, fields: fieldsOf(event) })),
  );
  const ids = await sealIds(
    vault,
    events.flatMap(({ person, event }) => idsOf(event).map((id) => ({ person, id }))),
  );
  let next = 0;
  return sealed.map((event, n) => {
    const [id, key = id] = idsOf(events[n]!.event).map(() => ids[next++]);
    return { ...event, id, ...('dedupeKey' in event && { dedupeKey: key }) };
  });
}

/** Mostly an event's dedupe key is its id. */
function idsOf({ id, dedupeKey = id }: FlowEvent & { readonly dedupeKey?: string }): string[] {
  return [...new Set([id, dedupeKey])];
}

function fieldsOf({ name, data }: FlowEvent): SealedField[] {
  const asked = (ASKED[name] ?? []).filter((field) => Object.hasOwn(data, field));
  const beside: JsonObject = Object.fromEntries(asked.map((field) => [field, data[field]!]));
  return [{ name: 'data', beside }, ...PERSONAL.map((field) => ({ name: field }))];
}
