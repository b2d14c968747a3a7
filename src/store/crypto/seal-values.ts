/** Single JSON values sealed so that SQL can go on comparing, copying and merging what it cannot read. */
import { canonicalJson } from '../../plan/canonical-json.ts';
import type { Json } from '../../plan/json.ts';
import type { StoredAttribute } from '../tables/people.ts';
import type { Vault } from './vault.ts';

/** Length must not tell `true` from `false`, nor one gender from the other: JSON is filled up with spaces to a multiple of this. */
const BLOCK_BYTES = 32;

export interface PersonalValue {
  /** whose key it goes under */
  readonly person: string;
  readonly value: Json;
}

/**
 * Each value as `{ sealed }`, equal for equal values of one person; null stays null. Beside a date stands its `day`, by which
 * `dayForm` finds it. As they are where there is no vault.
 */
export async function sealValues(vault: Vault | null, values: readonly PersonalValue[]): Promise<Json[]> {
  if (vault === null) return values.map(({ value }) => value);
  const personal = values.filter(({ value }) => value !== null);
  const texts = await vault.sealStable(personal.map(({ person, value }) => ({ person, text: padded(value) })));
  let next = 0;
  return values.map(({ value }): Json => {
    if (value === null) return null;
    const sealed = texts[next++]!;
    const day = typeof value === 'string' ? /^\d{4}-(\d\d-\d\d)/.exec(value)?.[1] : undefined;
    return day === undefined ? { sealed } : { sealed, day: dayForm(vault, day) };
  });
}

/** How the store knows which day of the year a sealed date is. `day`: `MM-DD` */
export function dayForm(vault: Vault, day: string): string {
  return vault.lookup('day', day);
}

function padded(value: Json): string {
  const text = canonicalJson(value);
  const bytes = Buffer.byteLength(text);
  return text + ' '.repeat(Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES - bytes);
}

export type Attributes = Readonly<Record<string, StoredAttribute>>;

/** Attributes as `persons.attributes` holds them: of each the value alone is sealed. */
export async function sealAttributes(
  vault: Vault | null,
  persons: readonly { readonly person: string; readonly attributes: Attributes }[],
): Promise<Attributes[]> {
  if (vault === null) return persons.map(({ attributes }) => attributes);
  const sealed = await sealValues(
    vault,
    persons.flatMap(({ person, attributes }) => Object.values(attributes).map(({ value }) => ({ person, value }))),
  );
  let next = 0;
  return persons.map(({ attributes }) =>
    Object.fromEntries(Object.entries(attributes).map(([name, one]) => [name, { ...one, value: sealed[next++]! }])),
  );
}

/** A time zone, or what else of a person stands in a column of its own that may be empty. */
export async function sealColumn(vault: Vault | null, person: string, text: string | null): Promise<string | null> {
  if (vault === null || text === null) return text;
  const [sealed] = await vault.sealStable([{ person, text }]);
  return sealed!;
}
