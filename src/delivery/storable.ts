/** Text as Postgres can keep it: without NUL and unpaired surrogates, which text and jsonb columns refuse. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}').replace(/\p{Surrogate}/gu, '\u{FFFD}');
}

/** JSON text of a value, its texts made storable. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storableText(inner) : inner));
}
