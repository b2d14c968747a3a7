/** Wording that diagnostics share. */
import { nearest } from './nearest.ts';

const SHOWN = 8;

/** `"a", "b" and "c"`; sorted; at most eight, then `and 4 more`. */
export function quotedList(items: Iterable<string>, joiner: 'and' | 'or' = 'and'): string {
  const sorted = [...new Set(items)].sort();
  const shown = sorted.slice(0, SHOWN).map((item) => `"${item}"`);
  if (sorted.length > SHOWN) return `${shown.join(', ')} and ${sorted.length - SHOWN} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} ${joiner} ${shown.at(-1)}`;
}

/** `1 step`, `2 steps` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `known groups are "a" and "b"`, or that there is none. */
export function known(noun: string, items: readonly string[]): string {
  if (items.length === 0) return `there is no ${noun}`;
  // `field of event "x"`: the first word takes the plural of its own
  const plural = noun.includes(' of ') ? noun.replace(' of ', 's of ') : `${noun}s`;
  return `known ${items.length === 1 ? `${noun} is` : `${plural} are`} ${quotedList(items)}`;
}

/** Help and replacement where a name is close to one that exists. */
export function suggestion(name: string, candidates: Iterable<string>): { help?: string; replacement?: string } {
  const close = nearest(name, [...candidates]);
  return close === undefined ? {} : { help: `did you mean "${close}"?`, replacement: close };
}

/** An author's text in a message, shortened. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return `"${line.length > 60 ? `${line.slice(0, 57)}...` : line}"`;
}
