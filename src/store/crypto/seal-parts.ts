import type { Kysely } from 'kysely';
import type { JsonObject } from '../../plan/json.ts';
import type { Tables } from '../tables.ts';
import { vaultOf } from './vault.ts';

export interface PersonalParts<T> {
  /** whose key it goes under */
  readonly person: string;
  readonly value: T;
  readonly parts: readonly (keyof T & string)[];
}

/**
 * JSON objects with what is personal in them moved into one `sealed` beside the rest; opened, everything is where it was.
 * As they are where the store is not encrypted, or nothing is in those parts.
 */
export async function sealParts<T extends object>(
  db: Kysely<Tables>,
  items: readonly PersonalParts<T>[],
): Promise<T[]> {
  const vault = vaultOf(db);
  if (vault === null) return items.map(({ value }) => value);
  const split = items.map(({ value, parts }) => {
    const given = Object.entries(value).filter(([, content]) => content !== undefined && content !== null);
    const isPersonal = ([name]: [string, unknown]) => (parts as readonly string[]).includes(name);
    return { personal: given.filter(isPersonal), rest: Object.entries(value).filter((one) => !isPersonal(one)) };
  });
  const texts = await vault.seal(
    items.flatMap(({ person }, n) => {
      const { personal } = split[n]!;
      return personal.length === 0 ? [] : [{ person, text: JSON.stringify(Object.fromEntries(personal)) }];
    }),
  );
  let next = 0;
  return items.map(({ value, parts }, n) => {
    const { personal, rest } = split[n]!;
    if (personal.length === 0) return value;
    // What is null there says nothing, but has to be there.
    const empty = parts.filter((name) => value[name] === null).map((name) => [name, null]);
    return { ...Object.fromEntries([...rest, ...empty]), sealed: texts[next++]! } as JsonObject as T;
  });
}
