/** Ids that producers choose, and keys that flows make of events: looked up and compared without being readable. */
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';
import { type Vault, vaultOf } from './vault.ts';

/** Ids as `{ sealed }`: the same for the same id of the same person. */
export async function sealIds(
  vault: Vault,
  ids: readonly { readonly person: string; readonly id: string }[],
): Promise<{ readonly sealed: string }[]> {
  const texts = await vault.sealStable(ids.map(({ person, id }) => ({ person, text: JSON.stringify(id) })));
  return texts.map((sealed) => ({ sealed }));
}

/** The forms in which `event.id` may stand in rows of these persons, as JSON to compare with. */
export async function idForms(db: Kysely<Tables>, persons: readonly string[], id: string): Promise<string[]> {
  const vault = vaultOf(db);
  const sealed =
    vault === null
      ? []
      : await sealIds(
          vault,
          persons.map((person) => ({ person, id })),
        );
  return [id, ...sealed].map((form) => JSON.stringify(form));
}

/** The value of a flow's `key` as `entries.key` holds it, for each of the persons, who may be one by now. */
export async function keyForms(
  db: Kysely<Tables>,
  persons: readonly string[],
  key: string | null,
): Promise<readonly string[]> {
  const vault = vaultOf(db);
  if (vault === null || key === null) return persons.map(() => key ?? '');
  return vault.sealStable(persons.map((person) => ({ person, text: key })));
}

/** What stands for a flow's `key` where only its hash is shown: workflow ids, search attributes. */
export function hashable(db: Kysely<Tables>, key: string): string {
  return vaultOf(db)?.lookup('key', key) ?? key;
}
