/** What an expression looks at: for planning reads, and for the value each decision saw in the timeline. */
import type { Expr, Reads } from './expression.ts';

/** A root and the fields behind it: `["contact", "Purchases"]`. */
export type Path = readonly string[];

/** An expression that is no literal. */
export type Tuple = Exclude<Expr, null | boolean | number | string>;

export function isTuple(expr: Expr | undefined): expr is Tuple {
  return Array.isArray(expr);
}

/** The path where the expression is nothing but one, `["get", …]`; else null. */
export function pathOf(expr: Expr | undefined): Path | null {
  return isTuple(expr) && expr[0] === 'get' ? expr.slice(1).map(String) : null;
}

/** Every path the expression may read, each once, in the order in which they stand. */
export function pathsOf(expr: Expr): Path[] {
  const found = new Map<string, Path>();
  for (const node of nodes(expr)) {
    const path = pathOf(node);
    if (path !== null) found.set(nameOf(path), path);
  }
  return [...found.values()];
}

/** What the store has to be asked for before the expression can be evaluated; names sorted. */
export function readsOf(expr: Expr): Reads {
  const contact = new Set<string>();
  const groups = new Set<string>();
  for (const node of nodes(expr)) {
    if (node[0] === 'get' && node[1] === 'contact' && typeof node[2] === 'string') contact.add(node[2]);
  }
  for (const test of groupTestsOf(expr)) groups.add(String(test[3]));
  return { contact: [...contact].sort(), groups: [...groups].sort() };
}

/** The reads of several expressions as one: a step brings all of them by one read. */
export function mergeReads(all: readonly Reads[]): Reads {
  const names = (of: (reads: Reads) => readonly string[]) => [...new Set(all.flatMap(of))].sort();
  return { contact: names(({ contact }) => contact), groups: names(({ groups }) => groups) };
}

/** Its calls of `in_group`: `["call", "in_group", name, id]`. */
export function groupTestsOf(expr: Expr): Tuple[] {
  return [...nodes(expr)].filter((node) => node[0] === 'call' && node[1] === 'in_group');
}

/** `event.country`; a field that is no plain word as `event["First name"]` */
export function nameOf([root = '', ...fields]: Path): string {
  return root + fields.map((name) => (isWord(name) ? `.${name}` : `[${JSON.stringify(name)}]`)).join('');
}

function isWord(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Every tuple of the tree, from the outside in, from left to right. Without recursion: a plan may come from outside. */
function* nodes(expr: Expr): Generator<Tuple> {
  const open: Expr[] = [expr];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!isTuple(node)) continue;
    yield node;
    for (let at = node.length - 1; at > 0; at -= 1) open.push(node[at] ?? null);
  }
}
