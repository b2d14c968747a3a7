import type { CountCall, Expr } from './expression.ts';
import { call } from './functions.ts';
import type { Json, JsonObject } from './json.ts';
import { countKey, countsOf, groupTestsOf, isTuple, nameOf, pathsOf, readsOf, type Tuple } from './reads.ts';
import { limited } from './text-functions.ts';
import { equal, field, finite, isList, isObject, order, toText } from './values.ts';

/** What an expression may look at. Missing things are null, never an error. */
export interface Scope {
  /** fields of the starting event */
  readonly event: JsonObject;
  /** fields of the event being looked at; `{}` where there is none */
  readonly incoming: JsonObject;
  readonly trigger: JsonObject;
  /** identifiers, `timezone` and attributes, as read before the step */
  readonly contact: JsonObject;
  readonly vars: JsonObject;
  /** results by step id */
  readonly steps: JsonObject;
  readonly run: JsonObject;
  /** canonical timestamp: UTC, milliseconds, `Z` */
  readonly now: string;
  /** IANA zone for `ago`, `shift`, `date`, `timestamp` and `format` */
  readonly timezone: string;
  /** by group id */
  readonly groups: { readonly [id: string]: boolean };
  /** by flow, for `in_flow` */
  readonly flows?: { readonly [flow: string]: boolean };
  /** by `countKey`, for `count` */
  readonly counts?: { readonly [key: string]: number };
}

/** Deeper than the compiler's parser allows; a plan made by hand must not end the process. */
const MAX_DEPTH = 1000;
/** Nodes one evaluation may visit: nested macros over long lists multiply, and a workflow task has 2 s before it counts as stuck. */
const MAX_VISITS = 1_000_000;
/** Longest list `+` may make, so that a list that doubles in every round of a `repeat` cannot end a worker. */
const MAX_LIST = 100_000;

interface Walk {
  readonly scope: Scope;
  visits: number;
  depth: number;
  /** variables of the macros around this node */
  locals: { readonly [name: string]: Json };
}

class TooMuchWork extends Error {}

/** The value of an expression. Never throws: what cannot be computed is null (LANGUAGE.md §4). */
export function evaluate(expr: Expr, scope: Scope): Json {
  try {
    return visit(expr, { scope, visits: 0, depth: 0, locals: {} });
  } catch (error) {
    // RangeError: a value nested so deeply that comparing or writing it ran out of stack
    if (error instanceof TooMuchWork || error instanceof RangeError) return null;
    throw error;
  }
}

/** Only `true` is true; null, missing fields and other values are not. */
export function truthy(value: Json): boolean {
  return value === true;
}

/** The values an expression sees, by the path as an author writes it: `contact.Purchases`, `in_group("customers")`. */
export function saw(expr: Expr, scope: Scope): { [path: string]: Json } {
  const values: { [path: string]: Json } = {};
  for (const path of pathsOf(expr)) values[nameOf(path)] = evaluate(['get', ...path], scope);
  for (const test of groupTestsOf(expr)) values[`in_group(${JSON.stringify(test[2])})`] = evaluate(test, scope);
  for (const flow of readsOf(expr).flows ?? []) {
    values[`in_flow(${JSON.stringify(flow)})`] = evaluate(['call', 'in_flow', flow], scope);
  }
  for (const count of countsOf(expr)) {
    const since = evaluate(count[2], scope);
    values[`count(${JSON.stringify(count[1])}, ${JSON.stringify(since)})`] = evaluate(count, scope);
  }
  return values;
}

function visit(expr: Expr | undefined, walk: Walk): Json {
  if (!isTuple(expr)) return expr ?? null;
  walk.visits += 1;
  walk.depth += 1;
  if (walk.visits > MAX_VISITS || walk.depth > MAX_DEPTH) throw new TooMuchWork();
  const value = compute(expr, walk);
  walk.depth -= 1;
  return value;
}

function compute(tuple: Tuple, walk: Walk): Json {
  const arg = (index: number) => visit(tuple[index + 1], walk);
  switch (tuple[0]) {
    case 'get':
      return get(tuple, walk.scope);
    case 'var':
      return field(walk.locals, String(tuple[1]));
    case 'field':
      return field(arg(0), String(tuple[2]));
    case 'index':
      return index(arg(0), arg(1));
    case 'and':
      return truthy(arg(0)) && truthy(arg(1));
    case 'or':
      return truthy(arg(0)) || truthy(arg(1));
    case 'not':
      return not(arg(0));
    case 'if':
      return truthy(arg(0)) ? arg(1) : arg(2);
    case 'neg':
      return arithmetic('-', 0, arg(0));
    case '==':
      return equal(arg(0), arg(1));
    case '!=':
      return !equal(arg(0), arg(1));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return inOrder(tuple[0], order(arg(0), arg(1)));
    case 'in':
      return isIn(arg(0), arg(1));
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(tuple[0], arg(0), arg(1));
    case 'list':
      return values(tuple.slice(1), walk);
    case 'map':
      return object(tuple, walk);
    case 'call':
      return call(String(tuple[1]), values(tuple.slice(2), walk), walk.scope);
    case 'count':
      // read before the step; what was not asked for (its moment was null) is null
      return walk.scope.counts?.[countKey(tuple as unknown as CountCall)] ?? null;
    case 'text':
      return limited(values(tuple.slice(1), walk).map(toText).join(''));
    case 'exists':
    case 'all':
    case 'filter':
    case 'map_each':
      return macro(tuple, walk);
    default:
      return null;
  }
}

function values(exprs: readonly Expr[], walk: Walk): Json[] {
  return exprs.map((expr) => visit(expr, walk));
}

function get(tuple: Tuple, scope: Scope): Json {
  const root = String(tuple[1]);
  let value: Json = root === 'now' ? scope.now : rootOf(root, scope);
  for (const name of tuple.slice(2)) value = field(value, String(name));
  return value;
}

function rootOf(root: string, scope: Scope): Json {
  switch (root) {
    case 'event':
    case 'incoming':
    case 'trigger':
    case 'contact':
    case 'vars':
    case 'steps':
    case 'run':
      return scope[root];
    default:
      return null;
  }
}

function index(value: Json, key: Json): Json {
  if (typeof key === 'string') return field(value, key);
  return isList(value) && typeof key === 'number' ? (value[key] ?? null) : null;
}

function not(value: Json): Json {
  if (typeof value === 'boolean') return !value;
  // a flag that was never set is not true
  return value === null ? true : null;
}

function inOrder(operator: '<' | '<=' | '>' | '>=', compared: number | null): boolean {
  if (compared === null) return false;
  if (operator === '<') return compared < 0;
  if (operator === '<=') return compared <= 0;
  return operator === '>' ? compared > 0 : compared >= 0;
}

/** An item of a list, or a field name of an object; null is in nothing. */
function isIn(value: Json, container: Json): boolean {
  if (value === null) return false;
  if (isList(container)) return container.some((item) => equal(item, value));
  return isObject(container) && typeof value === 'string' && Object.hasOwn(container, value);
}

function arithmetic(operator: '+' | '-' | '*' | '/' | '%', left: Json, right: Json): Json {
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') return limited(left + right);
    if (isList(left) && isList(right)) return left.length + right.length <= MAX_LIST ? [...left, ...right] : null;
  }
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  if (operator === '+') return finite(left + right);
  if (operator === '-') return finite(left - right);
  if (operator === '*') return finite(left * right);
  // a division by zero has no finite value, hence null
  return finite(operator === '/' ? left / right : left % right);
}

function object(tuple: Tuple, walk: Walk): Json {
  const entries: [string, Json][] = [];
  for (let at = 1; at < tuple.length; at += 2) {
    const key = visit(tuple[at], walk);
    if (typeof key !== 'string') return null;
    entries.push([key, visit(tuple[at + 1], walk)]);
  }
  return Object.fromEntries(entries);
}

/** `["exists", list, variable, body]` and its kin; a null list is empty. */
function macro(tuple: Tuple, walk: Walk): Json {
  const items = visit(tuple[1], walk) ?? [];
  if (!isList(items)) return null;
  const outer = walk.locals;
  const body = (item: Json) => {
    walk.locals = { ...outer, [String(tuple[2])]: item };
    return visit(tuple[3], walk);
  };
  const value = overItems(String(tuple[0]), items, body);
  walk.locals = outer;
  return value;
}

function overItems(kind: string, items: readonly Json[], body: (item: Json) => Json): Json {
  if (kind === 'exists') return items.some((item) => truthy(body(item)));
  if (kind === 'all') return items.every((item) => truthy(body(item)));
  return kind === 'filter' ? items.filter((item) => truthy(body(item))) : items.map(body);
}
