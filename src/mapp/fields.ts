import type { Json } from '../plan/json.ts';

/**
 * The fields a value becomes in an event of Mapp, which knows texts on one level only (mapping has no nested paths):
 * numbers as plain decimals (never with an exponent), booleans `"true"` and `"false"`, lists as JSON text, the entries of
 * an object as `name.key`, to any depth, in dotted names as Mapp's own Shopware plugin sends them. Null makes no field.
 */
export function fieldsOf(name: string, value: Json): readonly (readonly [field: string, text: string])[] {
  if (value === null) return [];
  if (typeof value === 'string') return [[name, value]];
  if (typeof value === 'number') return [[name, decimal(value)]];
  if (typeof value === 'boolean') return [[name, String(value)]];
  if (Array.isArray(value)) return [[name, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(`${name}.${key}`, inner));
}

/** A value of the same shape whose leaves are texts; nulls are left out. For the few fields that Mapp takes nested. */
export function textsOf(value: Json): Json {
  if (value === null || typeof value !== 'object') return value === null ? null : fieldsOf('', value)[0]![1];
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(textsOf);
  const fields = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(fields.map(([name, inner]) => [name, textsOf(inner)]));
}

function decimal(value: number): string {
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = parts;
  const digits = first + rest;
  const exponent = Number(power);
  return exponent < 0 ? `${sign}0.${'0'.repeat(-exponent - 1)}${digits}` : sign + digits.padEnd(exponent + 1, '0');
}
