import { type LocalTime, pad } from './iso-time.ts';
import { weekdayOf } from './local-time.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Pattern letters of Unicode TR 35 that `format` knows. Names are English on every machine: `Intl`'s change by release. */
const FIELDS: { readonly [letters: string]: (time: LocalTime) => string } = {
  yyyy: ({ year }) => pad(year, 4),
  yy: ({ year }) => pad(year % 100, 2),
  MMMM: ({ month }) => MONTHS[month - 1] ?? '',
  MMM: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3),
  MM: ({ month }) => pad(month, 2),
  M: ({ month }) => String(month),
  dd: ({ day }) => pad(day, 2),
  d: ({ day }) => String(day),
  EEEE: (time) => DAYS[weekdayOf(time) - 1] ?? '',
  EEE: (time) => (DAYS[weekdayOf(time) - 1] ?? '').slice(0, 3),
  HH: ({ hour }) => pad(hour, 2),
  H: ({ hour }) => String(hour),
  hh: ({ hour }) => pad(hour % 12 || 12, 2),
  h: ({ hour }) => String(hour % 12 || 12),
  mm: ({ minute }) => pad(minute, 2),
  m: ({ minute }) => String(minute),
  ss: ({ second }) => pad(second, 2),
  s: ({ second }) => String(second),
  a: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
};

/** What `format` accepts, for diagnostics. */
export const FORMAT_LETTERS: readonly string[] = Object.keys(FIELDS);

type Part = { readonly text: string } | { readonly letters: string };

/** `d MMM yyyy` gives `3 Apr 2026`; text in 'single quotes' stands for itself. Null where the pattern has other letters. */
export function formatTime(time: LocalTime, pattern: string): string | null {
  let text = '';
  for (const part of patternParts(pattern)) {
    if ('text' in part) text += part.text;
    else if (Object.hasOwn(FIELDS, part.letters)) text += FIELDS[part.letters]?.(time) ?? '';
    else return null;
  }
  return text;
}

/** The first run of letters that `format` does not know, or null. */
export function unknownLetters(pattern: string): string | null {
  for (const part of patternParts(pattern)) {
    if ('letters' in part && !Object.hasOwn(FIELDS, part.letters)) return part.letters;
  }
  return null;
}

function patternParts(pattern: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < pattern.length) {
    const start = at;
    const character = pattern[at] ?? '';
    if (character === "'") {
      const end = pattern.indexOf("'", at + 1);
      // two quotes are one, as in TR 35; a quote that never closes holds the rest
      parts.push({ text: end === at + 1 ? "'" : pattern.slice(at + 1, end === -1 ? undefined : end) });
      at = end === -1 ? pattern.length : end + 1;
    } else if (isLetter(character)) {
      while (pattern[at] === character) at += 1;
      parts.push({ letters: pattern.slice(start, at) });
    } else {
      parts.push({ text: character });
      at += 1;
    }
  }
  return parts;
}

function isLetter(character: string): boolean {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}
