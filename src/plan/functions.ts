/** The functions an expression may call, at run time. Their types for the compiler: `compiler/expressions/signatures.ts`. */
import type { Json } from './json.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { TIME_FUNCTIONS } from './time-functions.ts';
import { finite, isList, isObject, order, toNumber, toText } from './values.ts';

/** The facts besides its arguments that a function may use. */
export interface CallFacts {
  /** canonical timestamp */
  readonly now: string;
  /** IANA zone */
  readonly timezone: string;
  readonly groups: { readonly [id: string]: boolean };
  readonly flows?: { readonly [flow: string]: boolean };
}
export type Call = (args: readonly Json[], facts: CallFacts) => Json;
export type FunctionTable = { readonly [name: string]: Call };

const TRUE = ['1', 't', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'false', 'FALSE', 'False'];

const number: Call = ([value = null]) => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? toNumber(value) : null;
};

const FUNCTIONS: FunctionTable = {
  ...TEXT_FUNCTIONS,
  ...TIME_FUNCTIONS,
  default: ([value = null, instead = null]) => (value === null ? instead : value),
  /** groups are read before the step; args are the name, for the timeline, and the id */
  in_group: ([, id], { groups }) => typeof id === 'string' && Object.hasOwn(groups, id) && groups[id] === true,
  /** read before the step too */
  in_flow: ([flow], { flows = {} }) => typeof flow === 'string' && Object.hasOwn(flows, flow) && flows[flow] === true,

  double: number,
  int: (args, facts) => {
    const value = number(args, facts);
    return typeof value === 'number' ? finite(Math.trunc(value)) : null;
  },
  bool: ([value = null]) => {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'string') return null;
    return TRUE.includes(value) ? true : FALSE.includes(value) ? false : null;
  },
  string: ([value = null]) => (value === null ? null : toText(value)),

  /** characters of a text, items of a list, fields of an object; a null list is empty */
  size: ([value = null]) => {
    if (typeof value === 'string') return [...value].length;
    if (isList(value)) return value.length;
    if (isObject(value)) return Object.keys(value).length;
    return value === null ? 0 : null;
  },
  /** arithmetic: an item that is no number makes it null; of an empty list 0 */
  sum: ([list = null]) => {
    if (list === null) return 0;
    if (!isList(list)) return null;
    let total = 0;
    for (const item of list) {
      if (typeof item !== 'number') return null;
      total += item;
    }
    return finite(total);
  },
  min: (args) => extreme(args, -1),
  max: (args) => extreme(args, 1),
  /** half away from zero, to `digits` behind the point */
  round: ([value, digits = 0]) => {
    if (typeof value !== 'number' || typeof digits !== 'number') return null;
    return round(value, Math.min(Math.max(Math.trunc(digits), 0), 15));
  },
};

/** Null for an unknown function: the compiler lets none through, so the plan was made by hand. */
export function call(name: string, args: readonly Json[], facts: CallFacts): Json {
  return Object.hasOwn(FUNCTIONS, name) ? (FUNCTIONS[name]?.(args, facts) ?? null) : null;
}

export const FUNCTION_NAMES: readonly string[] = Object.keys(FUNCTIONS);

/** Of the items of a list, or of several arguments; nulls are passed over, items without an order make it null. */
function extreme(args: readonly Json[], sign: 1 | -1): Json {
  const [only = null] = args;
  const items = args.length > 1 ? args : only;
  if (!isList(items)) return null;
  let best: Json = null;
  for (const item of items) {
    if (item === null) continue;
    const compared = best === null ? sign : order(item, best);
    if (compared === null) return null;
    if (compared * sign > 0) best = item;
  }
  return best;
}

function round(value: number, digits: number): number | null {
  const size = Math.abs(value);
  // by text, since 1.005 * 100 is 100.49999999999999; very small and large numbers have an exponent already
  const scaled = String(size).includes('e') ? size * 10 ** digits : Number(`${size}e${digits}`);
  return finite((Math.sign(value) * Math.round(scaled)) / 10 ** digits);
}
