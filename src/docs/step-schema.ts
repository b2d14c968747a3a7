/**
 * A step as JSON Schema: one flat object. All its keys are known to it, but suggested only where they belong: the kinds
 * while there is none, then the settings of the one that is there.
 */

import { quotedList } from '../diagnostics/words.ts';
import type { KeyDefinition } from '../steps/definition.ts';
import { commonSettings, definitions } from '../steps/definitions.ts';
import { type DocOf, type JsonSchema, jsonSchema } from './json-schema.ts';

type Keys = { readonly [key: string]: KeyDefinition };
const KINDS = Object.values(definitions);

export function stepDefinitions(docOf: DocOf): { [name: string]: JsonSchema } {
  return {
    steps: {
      type: 'array',
      items: { $ref: '#/definitions/step' },
      errorMessage: 'must be a list of steps, each beginning with "- "',
    },
    step: stepSchema(docOf),
    ...Object.fromEntries(
      KINDS.map(({ kind, summary, what }) => [kind, keySchema(what, kind, docOf, `${summary}\n\n${what.doc}`)]),
    ),
  };
}

function stepSchema(docOf: DocOf): JsonSchema {
  const kinds = KINDS.map(({ kind }) => kind as string);
  const settings = KINDS.flatMap((one) => Object.keys(one.settings)).filter((key) => !kinds.includes(key));
  const silent: [string, JsonSchema][] = [...kinds, ...new Set(settings)].map((key) => [
    key,
    { title: key, doNotSuggest: true },
  ]);
  const common = Object.keys(commonSettings);
  return {
    type: 'object',
    title: 'step',
    description: 'A step: one key that says what it does, its settings beside it.',
    errorMessage: 'must be a step: a map with one key that says what it does, such as "wait: 3 days"',
    properties: { ...keysSchema(commonSettings, 'step', docOf), ...Object.fromEntries(silent) },
    if: { type: 'object', anyOf: kinds.map((kind) => ({ required: [kind] })) },
    then: { allOf: KINDS.map((one) => kindSchema(one, docOf)) },
    else: {
      allOf: [
        { properties: Object.fromEntries(kinds.map((kind) => [kind, { $ref: `#/definitions/${kind}` }])) },
        {
          // A key that is no kind is to blame where there is one, else the step as a whole.
          if: { propertyNames: { enum: common } },
          then: { required: [kinds.join(', ')], errorMessage: `a step needs ${kindsInWords(kinds)}` },
          else: {
            propertyNames: {
              enum: [...common, ...kinds],
              errorMessage: `no step kind: a step needs ${kindsInWords(kinds)}`,
            },
          },
        },
      ],
    },
  };
}

function kindsInWords(kinds: readonly string[]): string {
  return `one key that says what it does: ${kinds.join(', ')}`;
}

/** Where this kind's key is the kind, and not a setting of another kind as `set` is of messages. */
function kindSchema({ kind, settings }: (typeof KINDS)[number], docOf: DocOf): JsonSchema {
  const holders = KINDS.filter((one) => Object.hasOwn(one.settings, kind)).map((one) => one.kind as string);
  const condition: JsonSchema = { required: [kind] };
  const keys = [...Object.keys(settings), ...Object.keys(commonSettings)];
  const own: JsonSchema = {
    properties: { [kind]: { $ref: `#/definitions/${kind}` }, ...keysSchema(settings, kind, docOf) },
    propertyNames: {
      enum: [kind, ...keys],
      errorMessage: `a step "${kind}" takes ${quotedList(keys)} beside it; another kind is a step of its own`,
    },
  };
  if (holders.length === 0) return { if: condition, then: own };
  const held: JsonSchema = { anyOf: holders.map((holder) => ({ required: [holder] })) };
  return { if: condition, then: { if: held, else: own } };
}

function keysSchema(keys: Keys, kind: string, docOf: DocOf): { [key: string]: JsonSchema } {
  return Object.fromEntries(
    Object.entries(keys).map(([key, definition]) => [
      key,
      keySchema(definition, `${kind}.${key}`, docOf, definition.doc),
    ]),
  );
}

function keySchema({ schema }: KeyDefinition, path: string, docOf: DocOf, doc: string): JsonSchema {
  return jsonSchema(schema, path, docOf, doc);
}
