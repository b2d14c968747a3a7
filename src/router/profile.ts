import { type Kysely, sql } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import { profileTold } from '../plan/told.ts';
import { type Attributes, sealAttributes, sealColumn } from '../store/crypto/seal-values.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { ENGINE_SOURCE } from '../store/inbox.ts';
import { json } from '../store/store.ts';
import type { StoredAttribute } from '../store/tables/people.ts';
import type { Tables } from '../store/tables.ts';

/**
 * What a producer says of the contact, put over what we know. The last writer by event time wins, and of two with the same
 * time the one that came later; an unset attribute stays as a null, or an older event would bring the value back.
 * Answers the same object where nothing changes.
 */
export function applyProfile(known: Attributes, event: CanonicalEvent): Attributes {
  const profile = event.source === ENGINE_SOURCE ? (event.profile ?? null) : profileTold(event);
  if (profile === null) return known;
  const { set, unset } = profile;
  const news: [string, Json][] = [...unset.map((name): [string, Json] => [name, null]), ...Object.entries(set)];
  const won = news.filter(([name]) => !Object.hasOwn(known, name) || known[name]!.at <= event.time);
  if (won.length === 0) return known;
  const written = won.map(([name, value]): [string, StoredAttribute] => [
    name,
    { value, at: event.time, by: event.source },
  ]);
  return { ...known, ...Object.fromEntries(written) };
}

/** Writes down what `applyProfile` has changed, and the time zone. The person must be locked. */
export async function storeProfile(
  trx: Kysely<Tables>,
  person: string,
  { before, after }: { readonly before: Attributes; readonly after: Attributes },
  timezone: string | null,
): Promise<void> {
  const vault = vaultOf(trx);
  const changed = Object.entries(after).filter(([name, one]) => !Object.hasOwn(before, name) || before[name] !== one);
  const [news] = await sealAttributes(vault, [{ person, attributes: Object.fromEntries(changed) }]);
  await trx
    .updateTable('persons')
    .set({
      attributes: sql<string>`attributes || ${json(news)}::jsonb`,
      timezone: await sealColumn(vault, person, timezone),
    })
    .where('id', '=', person)
    .execute();
}
