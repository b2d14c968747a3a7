/** Types of the functions of LANGUAGE.md §4. Their behavior: `plan/functions.ts`; a test holds the two together. */
import { parseDuration } from '../../plan/duration.ts';
import { FORMAT_LETTERS, unknownLetters } from '../../plan/format-time.ts';
import { parseTime } from '../../plan/iso-time.ts';
import {
  ANY,
  BOOL,
  DATE,
  type ExprType,
  isMoment,
  listOf,
  NUMBER,
  TEXT,
  TIMESTAMP,
  unify,
  withMissing,
} from './types.ts';

export interface Param {
  /** null: any type */
  readonly accepts: readonly ExprType['is'][] | null;
  /** in a sentence: "takes …" */
  readonly words: string;
  /** what is wrong with a text literal in this place, or null */
  readonly check?: (text: string) => string | null;
}

export interface Signature {
  readonly params: readonly Param[];
  /** how many of the params, from the end, may be left out */
  readonly optional?: number;
  /** the last param may stand any number of times */
  readonly rest?: boolean;
  readonly result: (args: readonly ExprType[]) => ExprType;
  readonly usage: string;
  /** reads the calendar of the zone */
  readonly zoned?: boolean;
}

const any: Param = { accepts: null, words: 'anything' };
const text: Param = { accepts: ['text'], words: 'text' };
const number: Param = { accepts: ['number'], words: 'a number' };
const list: Param = { accepts: ['list'], words: 'a list' };
const time: Param = { accepts: ['timestamp', 'date'], words: 'a timestamp or a date' };
const period: Param = {
  ...text,
  words: 'a period',
  check: (found) =>
    parseDuration(found) === null
      ? `"${found}" is no period: write one such as "30 days" or "2 hours 30 minutes"`
      : null,
};
const timeText: Param = {
  accepts: ['text', 'timestamp', 'date'],
  words: 'text, a timestamp or a date',
  check: (found) =>
    parseTime(found) === null
      ? `"${found}" is no date or time: write one such as "2026-11-27" or "2026-11-27T09:00:00+01:00"`
      : null,
};
const pattern: Param = {
  ...text,
  words: 'a pattern',
  check: (found) => {
    const letters = unknownLetters(found);
    if (letters === null) return null;
    return `"${letters}" means nothing in a pattern: it knows ${FORMAT_LETTERS.join(', ')}, and 'text in quotes'`;
  },
};
const convertible: Param = { accepts: ['text', 'number'], words: 'text or a number' };

/** the type, missing where the first argument may be */
const like = (type: ExprType) => (args: readonly ExprType[]) =>
  withMissing(
    type,
    args.some(({ missing }) => missing),
  );
const always = (type: ExprType) => () => type;
const itemOf = (type: ExprType | undefined) => (type?.is === 'list' ? type.of : ANY);

const onText = (name: string): Signature => ({ params: [text], result: like(TEXT), usage: `${name}(text)` });
const test = (name: string): Signature => ({
  params: [text, text],
  result: always(BOOL),
  usage: `text.${name}("part")`,
});
const extreme = (name: string): Signature => ({
  params: [any],
  rest: true,
  result: (args) => (args.length === 1 ? withMissing(itemOf(args[0]), args[0]?.missing ?? false) : args.reduce(unify)),
  usage: `${name}(list) or ${name}(a, b)`,
});

export const SIGNATURES: { readonly [name: string]: Signature } = {
  default: {
    params: [any, any],
    result: ([value = ANY, instead = ANY]) => withMissing(unify(value, instead), instead.missing),
    usage: 'default(value, instead)',
  },
  ago: { params: [period], result: always(TIMESTAMP), usage: 'ago("30 days")', zoned: true },
  shift: {
    params: [time, period],
    result: ([value = TIMESTAMP]) => (isMoment(value) ? value : TIMESTAMP),
    usage: 'shift(time, "30 days")',
    zoned: true,
  },
  date: { params: [timeText], result: like(DATE), usage: 'date("2026-11-27")', zoned: true },
  timestamp: {
    params: [timeText],
    result: like(TIMESTAMP),
    usage: 'timestamp("2026-11-27T09:00:00+01:00")',
    zoned: true,
  },
  format: { params: [time, pattern], result: like(TEXT), usage: 'format(time, "d MMM yyyy")', zoned: true },
  int: { params: [convertible], result: like(NUMBER), usage: 'int(value)' },
  double: { params: [convertible], result: like(NUMBER), usage: 'double(value)' },
  bool: { params: [{ accepts: ['text', 'bool'], words: 'text or a bool' }], result: like(BOOL), usage: 'bool(value)' },
  string: {
    params: [{ accepts: ['text', 'number', 'bool', 'date', 'timestamp'], words: 'text, a number, a bool or a time' }],
    result: like(TEXT),
    usage: 'string(value)',
  },
  lower: onText('lower'),
  upper: onText('upper'),
  trim: onText('trim'),
  split: { params: [text, text], result: like(listOf(TEXT)), usage: 'split(text, ",")' },
  join: { params: [list, text], optional: 1, result: always(TEXT), usage: 'join(list, ", ")' },
  replace: { params: [text, text, text], result: like(TEXT), usage: 'replace(text, "old", "new")' },
  size: {
    params: [{ accepts: ['text', 'list', 'object'], words: 'text, a list or an object' }],
    result: always(NUMBER),
    usage: 'size(value)',
  },
  contains: test('contains'),
  startsWith: test('startsWith'),
  endsWith: test('endsWith'),
  sum: { params: [list], result: always(NUMBER), usage: 'sum(list)' },
  min: extreme('min'),
  max: extreme('max'),
  round: { params: [number, number], optional: 1, result: like(NUMBER), usage: 'round(number, 2)' },
};
