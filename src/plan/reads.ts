/** What an expression looks at: for planning reads, and for the value each decision saw in the timeline. */
import type { CountCall, Expr, Reads } from './expression.ts';

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

export const NO_READS: Reads = { contact: [], groups: [] };

/** What the store has to be asked for before the expression can be evaluated; names sorted. */
export function readsOf(expr: Expr): Reads {
  const contact = new Set<string>();
  const flows = new Set<string>();
  const sends = new Set<string>();
  for (const node of nodes(expr)) {
    if (node[0] === 'get' && node[1] === 'contact' && typeof node[2] === 'string') contact.add(node[2]);
    if (isReaction(node)) sends.add(String(node[2]));
    if (node[0] === 'call' && node[1] === 'in_flow') flows.add(String(node[2]));
  }
  const groups = new Set(groupTestsOf(expr).map((test) => String(test[3])));
  return mergeReads([
    { contact: [...contact], groups: [...groups], flows: [...flows], sends: [...sends], counts: countsOf(expr) },
  ]);
}

/** The reads of several expressions as one: a step brings all of them by one read. */
export function mergeReads(all: readonly Reads[]): Reads {
  const names = (of: (reads: Reads) => readonly string[] | undefined) =>
    [...new Set(all.flatMap((reads) => of(reads) ?? []))].sort();
  const flows = names((reads) => reads.flows);
  const sends = names((reads) => reads.sends);
  const counts = new Map(all.flatMap((reads) => reads.counts ?? []).map((call) => [countKey(call), call]));
  return {
    contact: names(({ contact }) => contact),
    groups: names(({ groups }) => groups),
    ...(flows.length > 0 && { flows }),
    ...(sends.length > 0 && { sends }),
    ...(counts.size > 0 && { counts: [...counts.keys()].sort().map((key) => counts.get(key)!) }),
    ...(all.some(({ identity }) => identity) && { identity: true }),
    ...(all.some(({ reactions }) => reactions) && { reactions: true }),
  };
}

/** Whether there is anything to read. */
export function readsAnything({ contact, groups, flows, sends, counts, identity, reactions }: Reads): boolean {
  return (
    [contact, groups, flows ?? [], sends ?? [], counts ?? []].some((names) => names.length > 0) ||
    !!identity ||
    !!reactions
  );
}

/** Its calls of `count`. */
export function countsOf(expr: Expr): CountCall[] {
  return [...nodes(expr)].filter(isCount);
}

/** Whether it looks at the item of a macro. */
export function usesVariable(expr: Expr): boolean {
  return [...nodes(expr)].some((node) => node[0] === 'var');
}

/** Names a call of `count` in a read's request and answer. */
export function countKey(call: CountCall): string {
  return JSON.stringify(call);
}

/** `steps.id.opened`, `steps.id.clicked`: only sends have such fields. */
function isReaction([operation, root, step, field]: Tuple): boolean {
  return operation === 'get' && root === 'steps' && step !== undefined && (field === 'opened' || field === 'clicked');
}

function isCount(node: Tuple): node is CountCall {
  return node[0] === 'count' && typeof node[1] === 'string' && node.length === 3;
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
