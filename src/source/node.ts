/** A YAML value with its places: aliases resolved, merge keys merged. Checks walk this tree and never lose a position. */
import type { Span } from './text.ts';

export interface ScalarNode {
  readonly type: 'scalar';
  readonly span: Span;
  readonly value: null | boolean | number | string;
  /** as written, for plain scalars; so `0123` keeps its digits */
  readonly text: string;
  readonly plain: boolean;
  /** offset of the value's first character, where the value's characters stand in the source one for one; else null */
  readonly exact: number | null;
  /** a comment follows on the same line: where an author meant `#` as part of the value, it was cut there */
  readonly commentBehind: boolean;
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

/** Source offsets of the characters `start` to `end` of a scalar's value; the whole value where they do not map one to one. */
export function within(node: ScalarNode, start: number, end: number): Span {
  if (node.exact === null) return node.span;
  const last = node.exact + String(node.value).length;
  const from = Math.min(node.exact + start, last);
  return { start: from, end: Math.min(Math.max(node.exact + end, from), last) };
}

/** A scalar's text as written (plain) or as quoted; null for every other node. */
export function textOf(node: YamlNode | undefined): string | null {
  return node?.type === 'scalar' && node.value !== null ? node.text : null;
}
