/** The parser's nodes to ours: aliases resolved, merge keys merged, every key a text. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  type Scalar,
} from 'yaml';
import type { Entry, Piece, YamlNode } from './node.ts';
import type { YamlProblem } from './problem.ts';
import type { Span } from './text.ts';
import { unquoted, valueFrom } from './unquoted.ts';

/** Far above any flow, far below what an alias bomb makes. */
const NODE_LIMIT = 100_000;

/** Reading stops: the rest of the tree is not worth having. Caught by `readDocument`. */
export class TooDeep extends Error {
  readonly problem: YamlProblem;
  constructor(problem: YamlProblem) {
    super(problem.type);
    this.problem = problem;
  }
}

interface Options {
  readonly problems: YamlProblem[];
  /** offsets of placeholders that stand for values already reported */
  readonly broken: ReadonlySet<number>;
  readonly depth: number;
}

interface State extends Options {
  readonly text: string;
  readonly anchors: ReadonlyMap<string, readonly Node[]>;
  /** aliases being followed, to meet cycles */
  readonly following: Set<Node>;
  count: number;
  /** the alias being followed that stands in the text itself */
  outermost: Span | null;
}

export function convert(document: Document.Parsed, text: string, options: Options): YamlNode | null {
  if (document.contents === null) return null;
  const state: State = {
    ...options,
    text,
    anchors: anchorsOf(document.contents),
    following: new Set(),
    count: 0,
    outermost: null,
  };
  const root = node(document.contents, state, 0, { start: 0, end: Math.min(1, text.length) });
  return root.type === 'scalar' && root.value === null ? null : root;
}

/** Anchored nodes by name, in document order; a name may be given anew. */
function anchorsOf(root: ParsedNode): ReadonlyMap<string, readonly Node[]> {
  const found = new Map<string, Node[]>();
  const visit = (one: unknown): void => {
    if (isMap(one)) for (const pair of one.items) [pair.key, pair.value].forEach(visit);
    else if (isSeq(one)) one.items.forEach(visit);
    if ((isMap(one) || isSeq(one) || isScalar(one)) && one.anchor !== undefined) {
      found.set(one.anchor, [...(found.get(one.anchor) ?? []), one]);
    }
  };
  visit(root);
  return found;
}

function node(one: unknown, state: State, depth: number, around: Span): YamlNode {
  const span = spanOf(one) ?? around;
  if (depth > state.depth) throw new TooDeep({ type: 'too-deep', span, limit: state.depth });
  state.count += 1;
  if (state.count > NODE_LIMIT)
    throw new TooDeep({ type: 'alias-expansion', span: state.outermost ?? span, reason: 'size' });
  if (state.broken.has(span.start)) return { type: 'broken', span };
  if (isAlias(one)) return followed(one, span, state, depth);
  if (isMap(one)) return mapNode(one.items as Pair[], one.flow === true, span, state, depth);
  if (isSeq(one)) {
    return { type: 'list', span, items: one.items.map((item) => node(item, state, depth + 1, spanOf(item) ?? span)) };
  }
  return isScalar(one) ? scalar(one, span.start === span.end ? around : span, state) : nothing(around);
}

function nothing(span: Span): YamlNode {
  return { type: 'scalar', span, value: null, text: '', plain: true, pieces: [], commentBehind: false };
}

function followed(alias: Alias, span: Span, state: State, depth: number): YamlNode {
  const target = state.anchors.get(alias.source)?.findLast((one) => (spanOf(one)?.start ?? 0) < span.start);
  if (target === undefined) {
    state.problems.push({ type: 'unknown-anchor', span, name: alias.source, anchors: [...state.anchors.keys()] });
    return { type: 'broken', span };
  }
  if (state.following.has(target) || inside(span, spanOf(target))) {
    state.problems.push({ type: 'alias-expansion', span, reason: 'cycle' });
    return { type: 'broken', span };
  }
  if (state.following.size === 0) state.outermost = span;
  state.following.add(target);
  const result = node(target, state, depth, span);
  state.following.delete(target);
  if (state.following.size === 0) state.outermost = null;
  return result;
}

function inside(inner: Span, outer: Span | null): boolean {
  return outer !== null && outer.start <= inner.start && inner.end <= outer.end;
}

function scalar(one: Scalar, span: Span, state: State): YamlNode {
  const plain = one.type === 'PLAIN' || one.type === undefined;
  const value = typeof one.value === 'bigint' || typeof one.value === 'symbol' ? String(one.source) : one.value;
  const text = plain ? (one.source ?? '') : String(value);
  const pieces = piecesOf(String(value), state.text, span);
  const commentBehind = plain && /^[ \t]+#/.test(state.text.slice(span.end, span.end + 40));
  // `${ x == "a #b" }`: YAML takes `#` behind a space for the beginning of a comment.
  if (commentBehind && text.includes('${') && text.lastIndexOf('${') > text.lastIndexOf('}')) {
    const whole = valueFrom(state.text, span.start, false);
    state.problems.push(unquoted(state.text, whole));
    return { type: 'broken', span: whole };
  }
  return { type: 'scalar', span, value: value as string | number | boolean | null, text, plain, pieces, commentBehind };
}

/** Finds the value's lines in the source: what stands between them (indentation, quotes, `|`) is not part of the value. */
function piecesOf(value: string, text: string, span: Span): Piece[] {
  const pieces: Piece[] = [];
  const single = text.indexOf(value, span.start);
  if (value !== '' && single !== -1 && single + value.length <= span.end) {
    return [{ at: 0, source: single, length: value.length }];
  }
  let at = 0;
  let source = span.start;
  for (const raw of text.slice(span.start, span.end).split('\n')) {
    const line = raw.trim();
    const found = line === '' ? -1 : value.indexOf(line, at);
    // Only spaces and line breaks may lie between two lines; else the line is another one that looks the same.
    if (found !== -1 && value.slice(at, found).trim() === '') {
      pieces.push({ at: found, source: source + raw.indexOf(line), length: line.length });
      at = found + line.length;
    }
    source += raw.length + 1;
  }
  return pieces;
}

function mapNode(pairs: readonly Pair[], flow: boolean, span: Span, state: State, depth: number): YamlNode {
  const entries = new Map<string, Entry>();
  const merged: YamlNode[] = [];
  for (const pair of pairs) {
    const keySpan = spanOf(pair.key) ?? span;
    if (!isScalar(pair.key)) {
      // `{{ x }}` of other systems: a map that is the key of a map.
      if (isMap(pair.key) && state.text.startsWith('{{', span.start)) {
        const whole = valueFrom(state.text, span.start, false);
        const end = state.text.indexOf('}}', span.start);
        const template = { start: span.start, end: end === -1 ? whole.end : end + 2 };
        state.problems.push(unquoted(state.text, template));
        return { type: 'broken', span: template };
      }
      state.problems.push({ type: 'key-not-text', span: keySpan });
      continue;
    }
    const key = pair.key.type === 'PLAIN' ? (pair.key.source ?? '') : String(pair.key.value);
    if (flow && pair.value === null && pair.key.type === 'PLAIN') {
      const split = splitByComma(span, keySpan, state);
      if (split !== null) return split;
    }
    const value = node(pair.value, state, depth + 1, keySpan);
    if (key === '<<' && pair.key.type === 'PLAIN') merged.push(value);
    else if (entries.has(key)) {
      state.problems.push({ type: 'duplicate-key', span: keySpan, key, first: entries.get(key)!.keySpan });
    } else entries.set(key, { key, keySpan, value });
  }
  for (const value of merged) merge(value, entries, state);
  return { type: 'map', span, entries: [...entries.values()] };
}

/** `{ where: size(x, 2) == 1 }`: YAML ends the value at the comma, and the rest looks like a key without a value. */
function splitByComma(map: Span, key: Span, state: State): YamlNode | null {
  const colon = state.text.lastIndexOf(': ', key.start);
  if (colon < map.start) return null;
  let start = colon + 2;
  while (state.text[start] === ' ') start += 1;
  const whole = valueFrom(state.text, start, true);
  if (whole.end < key.end || state.text.slice(start, key.start).includes('\n')) return null;
  state.problems.push(unquoted(state.text, whole));
  return { type: 'broken', span: map };
}

function merge(value: YamlNode, entries: Map<string, Entry>, state: State): void {
  if (value.type === 'list') for (const item of value.items) merge(item, entries, state);
  else if (value.type === 'map') {
    for (const one of value.entries) if (!entries.has(one.key)) entries.set(one.key, one);
  } else if (value.type === 'scalar') state.problems.push({ type: 'merge-not-map', span: value.span });
}

function spanOf(one: unknown): Span | null {
  const range = (one as { range?: [number, number, number] | null } | null | undefined)?.range;
  return range ? { start: range[0], end: range[1] } : null;
}
