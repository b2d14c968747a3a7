/** Ways in which producers' JSON goes wrong, drawn from a seed. */
import type { Json, JsonObject } from '../../plan/json.ts';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(items: readonly T[], next: () => number): T {
  return items[Math.floor(next() * items.length)]!;
}

const deep = (levels: number): Json => (levels === 0 ? 'deep' : { a: deep(levels - 1) });

/** Values where others are expected. */
const JUNK: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  1777629600000,
  '',
  ' ',
  'null',
  'undefined',
  '9223372036854775807',
  'x'.repeat(300),
  'x'.repeat(70_000),
  'a\u0000b',
  'half a \ud800 pair',
  'Zürich 🙂',
  '2026-13-45T99:00:00Z',
  '2026-05-01T10:00:00+02:00',
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
  { constructor: 1, toString: 2 },
  ['a', 1, null, {}],
  deep(12),
];

/** A copy with one to three places changed: a value replaced, a key left out, renamed or doubled, a list repeated. */
export function mutate(sample: Json, next: () => number): Json {
  let mutant = structuredClone(sample);
  for (let times = 1 + Math.floor(next() * 3); times > 0; times--) mutant = mutateOnce(mutant, next);
  return mutant;
}

function mutateOnce(sample: Json, next: () => number): Json {
  const places = placesOf(sample);
  if (places.length === 0 || next() < 0.02) return structuredClone(pick(JUNK, next));
  const { holder, key } = pick(places, next);
  if (Array.isArray(holder)) mutateItem(holder as Json[], Number(key), next);
  else mutateKey(holder as { [key: string]: Json }, key, next);
  return sample;
}

function mutateItem(holder: Json[], at: number, next: () => number): void {
  const how = next();
  if (how < 0.2) holder.splice(at, 1);
  else if (how < 0.4) holder.push(structuredClone(holder[at]!));
  else holder[at] = structuredClone(pick(JUNK, next));
}

function mutateKey(holder: { [key: string]: Json }, key: string, next: () => number): void {
  const value = holder[key]!;
  const how = next();
  if (how < 0.65) {
    holder[key] = structuredClone(pick(JUNK, next));
    return;
  }
  delete holder[key];
  const others = [key.toUpperCase(), `${key}\u0000`, `$${key}`, `_${key}`, 'hasOwnProperty'];
  if (how > 0.85)
    Object.defineProperty(holder, pick(others, next), { value, enumerable: true, configurable: true, writable: true });
}

function placesOf(value: Json): { holder: Json; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, inner]) => [{ holder: value, key }, ...placesOf(inner)]);
}
