/** Single JSON values sealed so that SQL can go on comparing, copying and merging what it cannot read. */
import type { Json } from '../../plan/json.ts';
import type { StoredAttribute } from '../tables.ts';
import type { Vault } from './vault.ts';

/** Length must not tell `true` from `false`, nor one gender from the other: JSON is filled up with spaces to a multiple of this. */
const BLOCK_BYTES = 32;

export interface PersonalValue {
  /** whose key it goes under */
  readonly person: string;
  readonly value: Json;
}

/** `{ sealed }` of each value, equal for equal values of one person; null stays null. As they are where there is no vault. */
export async function sealValues(vault: Vault | null, values: readonly PersonalValue[]): Promise<Json[]> {
  if (vault === null) return values.map(({ value }) => value);
  const personal = values.filter(({ value }) => value !== null);
  const texts = await vault.sealStable(personal.map(({ person, value }) => ({ person, text: padded(value) })));
  let next = 0;
  return values.map(({ value }) => (value === null ? null : { sealed: texts[next++]! }));
}

function padded(value: Json): string {
  const text = JSON.stringify(value);
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
