/** A YAML value with its places: aliases resolved, merge keys merged. Checks walk this tree and never lose a position. */
import type { Span } from './text.ts';

export interface ScalarNode {
  readonly type: 'scalar';
  readonly span: Span;
  readonly value: null | boolean | number | string;
  /** as written, for plain scalars; so `0123` keeps its digits */
  readonly text: string;
  readonly plain: boolean;
  /** parts of the value whose characters stand in the source one for one: the whole of most values, a line of others */
  readonly pieces: readonly Piece[];
  /** a comment follows on the same line: where an author meant `#` as part of the value, it was cut there */
  readonly commentBehind: boolean;
}

/** `length` characters of the value from `at` on stand at offset `source`. */
export interface Piece {
  readonly at: number;
  readonly source: number;
  readonly length: number;
}

export interface ListNode {
  readonly type: 'list';
  readonly span: Span;
  readonly items: readonly YamlNode[];
}

export interface MapNode {
  readonly type: 'map';
  readonly span: Span;
  readonly entries: readonly Entry[];
  /** keys that unknown ones may have been meant for; those were left out, and have their diagnostics */
  readonly misspelt?: readonly string[];
}

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

/** A value that YAML could not read as the author meant it. It has its diagnostic already: nobody says more about it. */
export interface BrokenNode {
  readonly type: 'broken';
  readonly span: Span;
}

export type YamlNode = ScalarNode | ListNode | MapNode | BrokenNode;

export function entry(map: MapNode, key: string): Entry | undefined {
  return map.entries.find((one) => one.key === key);
}

export function child(map: MapNode, key: string): YamlNode | undefined {
  return entry(map, key)?.value;
}

/** The node at a path of keys and indexes. */
export function nodeAt(root: YamlNode, path: readonly (string | number)[]): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const part of path) {
    if (node?.type === 'map') node = child(node, String(part));
    else if (node?.type === 'list' && typeof part === 'number') node = node.items[part];
    else return undefined;
  }
  return node;
}

/**
 * Where the characters `start` to `end` of a scalar's value stand. `exact` is false where that is not known, as behind an
 * escape: then it is the whole value.
 */
export function within(node: ScalarNode, start: number, end: number): { readonly span: Span; readonly exact: boolean } {
  const piece = node.pieces.findLast(({ at, length }) => at <= start && start <= at + length);
  if (piece === undefined) return { span: node.span, exact: false };
  const { at, source, length } = piece;
  const last = Math.max(start, Math.min(end, at + length));
  return { span: { start: source + start - at, end: source + last - at }, exact: end <= at + length };
}

/** A scalar's text as written (plain) or as quoted; null for every other node. */
export function textOf(node: YamlNode | undefined): string | null {
  return node?.type === 'scalar' && node.value !== null ? node.text : null;
}
