/** Compares values with their schema, keeping places: zod says yes or no, the words and the smallest range are ours. */
import * as z from 'zod';
import { missingKey, unknownKey, wrongType, wrongValue } from '../diagnostics/codes-shape.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { quotedList } from '../diagnostics/words.ts';
import type { Entry, ListNode, MapNode, ScalarNode, YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import { standIns, steps } from '../steps/schemas.ts';

export interface ShapeTools {
  report(span: Span, finding: Finding): void;
  /** a list of steps was met; called in file order */
  onSteps?(list: ListNode): void;
}

/**
 * The node as its schema has it: unknown keys left out, values of a wrong form marked broken, each reported once.
 * `what` names the value in messages: `"timeout"`; `key` is where it is named, to be blamed for what is missing in it.
 */
export function conform(node: YamlNode, schema: z.ZodType, what: string, tools: ShapeTools, key?: Span): YamlNode {
  if (node.type === 'broken') return node;
  if (schema === steps) return conformSteps(node, what, tools);
  if (schema instanceof z.ZodOptional) return conform(node, schema.unwrap() as z.ZodType, what, tools, key);
  if (schema instanceof z.ZodUnion) return conformUnion(node, schema, what, tools, key);
  if (schema instanceof z.ZodUnknown) return node;
  if (formOf(schema) !== node.type) return broken(node, wrongType(what, accepts(schema), found(node)), tools);
  if (schema instanceof z.ZodObject) return conformMap(node as MapNode, schema, what, tools, key);
  if (schema instanceof z.ZodRecord) return conformRecord(node as MapNode, schema, what, tools);
  if (schema instanceof z.ZodArray) {
    const items = (node as ListNode).items.map((item) =>
      conform(item, schema.element as z.ZodType, `an item of ${what}`, tools),
    );
    return { ...(node as ListNode), items };
  }
  return conformScalar(node as ScalarNode, schema, what, tools);
}

function conformSteps(node: YamlNode, what: string, tools: ShapeTools): YamlNode {
  if (node.type !== 'list')
    return broken(node, wrongType(what, 'a list of steps, each beginning with "- "', found(node)), tools);
  tools.onSteps?.(node);
  return node;
}

/** The option with the form of the value; among scalars, one that takes it. */
function conformUnion(node: YamlNode, schema: z.ZodUnion, what: string, tools: ShapeTools, key?: Span): YamlNode {
  const options = (schema.options as readonly z.ZodType[]).filter((one) => formOf(one) === node.type);
  const fitting = options.find((one) => node.type !== 'scalar' || takes(node, one)) ?? options[0];
  if (fitting === undefined || (node.type === 'scalar' && node.value === null)) {
    return broken(node, wrongType(what, accepts(schema), found(node)), tools);
  }
  return conform(node, fitting, what, tools, key);
}

function conformMap(node: MapNode, schema: z.ZodObject, what: string, tools: ShapeTools, parent?: Span): YamlNode {
  const shape = schema.shape as { readonly [key: string]: z.ZodType };
  const keys = Object.keys(shape);
  const stand = standIns.get(schema);
  const close: string[] = [];
  let strangers = 0;
  const entries: Entry[] = [];
  for (const entry of node.entries) {
    const known = Object.hasOwn(shape, entry.key) ? shape[entry.key] : undefined;
    if (known !== undefined)
      entries.push({ ...entry, value: conform(entry.value, known, `"${entry.key}"`, tools, entry.keySpan) });
    else {
      const meant = nearest(entry.key, keys);
      if (meant === undefined) strangers += 1;
      else close.push(meant);
      tools.report(entry.keySpan, unknownKey(entry.key, what, keys));
    }
  }
  const misspelt = strangers > 0 ? keys : close;
  const place = parent ?? node.entries[0]?.keySpan ?? node.span;
  for (const key of keys) {
    // A misspelt or misnamed key is one mistake, not an unknown one and a missing one.
    const missing =
      !(shape[key] instanceof z.ZodOptional) &&
      !entries.some((one) => one.key === key) &&
      !close.includes(key) &&
      !(key === stand?.key && entries.some((one) => stand.instead.includes(one.key)));
    if (!missing) continue;
    if (strangers > 0) strangers -= 1;
    else tools.report(place, missingKey(key, what));
  }
  return { ...node, entries, ...(misspelt.length > 0 && { misspelt }) };
}

function conformRecord(node: MapNode, schema: z.ZodRecord, what: string, tools: ShapeTools): YamlNode {
  const keyType = schema.keyType as z.ZodType;
  const entries = node.entries.flatMap((entry) => {
    if (!keyType.safeParse(entry.key).success) {
      tools.report(entry.keySpan, wrongValue(`a name in ${what}`, accepts(keyType), entry.key));
      return [];
    }
    return [
      { ...entry, value: conform(entry.value, schema.valueType as z.ZodType, `"${entry.key}"`, tools, entry.keySpan) },
    ];
  });
  return { ...node, entries };
}

function conformScalar(node: ScalarNode, schema: z.ZodType, what: string, tools: ShapeTools): YamlNode {
  if (takes(node, schema)) return node;
  if (node.value === null) return broken(node, wrongType(what, accepts(schema), found(node)), tools);
  const candidates = schema instanceof z.ZodEnum ? schema.options.map(String) : [];
  return broken(node, wrongValue(what, accepts(schema), node.text, candidates), tools);
}

/** Texts are compared as written, so that `id: 0123` and `name: 2024` are texts too. */
function takes(node: ScalarNode, schema: z.ZodType): boolean {
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) {
    return node.value !== null && schema.safeParse(node.text).success;
  }
  return schema.safeParse(node.value).success;
}

function broken(node: YamlNode, finding: Finding, tools: ShapeTools): YamlNode {
  tools.report(node.span, finding);
  return { type: 'broken', span: node.span };
}

function formOf(schema: z.ZodType): YamlNode['type'] {
  if (schema instanceof z.ZodArray) return 'list';
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord ? 'map' : 'scalar';
}

function accepts(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  if (schema instanceof z.ZodEnum) return quotedList(schema.options.map(String), 'or');
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).map(accepts).join(', or ');
  if (schema instanceof z.ZodArray) return 'a list';
  if (schema instanceof z.ZodBoolean) return '"true" or "false"';
  return formOf(schema) === 'map' ? 'a map' : 'a text';
}

/** What stands there, in words. */
export function found(node: YamlNode): string {
  if (node.type === 'list') return 'a list';
  if (node.type === 'map') return 'a map';
  if (node.type === 'broken' || node.value === null || node.text === '') return 'nothing';
  return `"${node.text}"`;
}
