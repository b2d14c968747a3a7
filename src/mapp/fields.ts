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

function decimal(value: number): string {
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = parts;
  const digits = first + rest;
  const exponent = Number(power);
  return exponent < 0 ? `${sign}0.${'0'.repeat(-exponent - 1)}${digits}` : sign + digits.padEnd(exponent + 1, '0');
}
