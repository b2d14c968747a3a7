/**
 * The lowered form of an expression: plain JSON, written by the compiler, read by `evaluate.ts`.
 * A literal stands for itself; everything else is a tuple whose first item names the operation.
 *
 *   3, "DE", true, null                     literals
 *   ["get", root, ...path]                  a name and the fields behind it: ["get", "event", "country"]
 *   ["field", e, name]  ["index", e, e]     access on a computed value
 *   ["and"|"or", e, e]  ["not", e]  ["if", c, a, b]  ["neg", e]
 *   ["=="|"!="|"<"|"<="|">"|">="|"+"|"-"|"*"|"/"|"%"|"in", e, e]
 *   ["list", ...e]  ["map", key, value, …]
 *   ["call", function, ...e]                a function of LANGUAGE.md §4: ["call", "default", e, 0]
 *   ["count", event, since]                 how many events of that name since a moment: read before the step
 *   ["text", ...e]                          a text with `${…}` in it; null parts are empty
 *   ["exists"|"all"|"filter"|"map_each", list, variable, body]   with ["var", variable] inside the body
 */
export type Expr = null | boolean | number | string | readonly [string, ...ExprArg[]];
export type ExprArg = Expr;

/** The names an expression can start from (LANGUAGE.md §4). `now` is a timestamp; the rest are objects. */
export const ROOTS = ['event', 'incoming', 'trigger', 'contact', 'vars', 'steps', 'run', 'now'] as const;
export type Root = (typeof ROOTS)[number];

/** What an expression needs from the store before it can be evaluated; one read per step brings all of it. */
export interface Reads {
  /** attribute names, and `email`, `mobile`, `external_id`, `timezone` */
  readonly contact: readonly string[];
  /** group ids asked for by `in_group` */
  readonly groups: readonly string[];
  /** flows asked for by `in_flow` */
  readonly flows?: readonly string[];
  /** calls of `count` as they stand in the plan */
  readonly counts?: readonly CountCall[];
  /** steps of this run whose message may have been opened or clicked: `steps.id.opened`, `steps.id.clicked` */
  readonly sends?: readonly string[];
  /** the first identifier the person was known by */
  readonly identity?: true;
  /** when the person opened and clicked */
  readonly reactions?: true;
}

export type CountCall = readonly ['count', string, Expr];
// `incoming.x` inside the `then` of a wait_for is lowered to ["get", "steps", <that wait_for>, "event", "x"], so only
// `where` of a listener ever reads the root `incoming`.
