/** The compiler's zod schemas as JSON Schema (draft 7) for editors: what `compiler/shape.ts` takes, and no less. */
import * as z from 'zod';
import { expression, standIns, steps } from '../steps/schemas.ts';

/** A JSON Schema; `errorMessage`, `doNotSuggest` and `markdownDescription` are the YAML language server's own. */
export interface JsonSchema {
  $ref?: string;
  $schema?: string;
  title?: string;
  description?: string;
  markdownDescription?: string;
  errorMessage?: string;
  patternErrorMessage?: string;
  doNotSuggest?: boolean;
  type?: string | string[];
  enum?: (string | number | boolean)[];
  const?: string | number | boolean;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: { [key: string]: JsonSchema };
  patternProperties?: { [pattern: string]: JsonSchema };
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  definitions?: { [name: string]: JsonSchema };
}

/** Documentation of a key by its path, such as `wait.until`; null where there is none. */
export type DocOf = (path: string) => string | null;

export const STEPS_REF: JsonSchema = { $ref: '#/definitions/steps' };
/**
 * YAML's numbers are texts where a text is wanted: `id: 0123`, `name: 2024`. So are true and false, but for them an editor
 * would suggest them everywhere; as expressions they make sense.
 */
const TEXT = ['string', 'number'];
const EXPRESSION = [...TEXT, 'boolean'];

/** `path` names the value for `docOf`; `doc` is its own documentation. */
export function jsonSchema(
  schema: z.ZodType,
  path: string,
  docOf: DocOf,
  doc: string | null = docOf(path),
): JsonSchema {
  return { ...titled(path), ...described(formOf(schema, path, docOf), doc, schema.description) };
}

/** The heading of a hover: the key; `one of messages` for a value under a name of the author's. */
function titled(path: string): JsonSchema {
  if (path === '') return {};
  const keys = path.split('.');
  return { title: keys.at(-1) === '*' ? `one of ${keys.at(-2)}` : keys.at(-1)! };
}

/** Hover shows what the key does, then what it takes; a value of a wrong form is told what it must be. */
function described(form: JsonSchema, doc: string | null, accepts: string | undefined): JsonSchema {
  const text = [doc, accepts === undefined ? null : `Takes ${accepts}.`].filter((part) => part !== null).join('\n\n');
  return {
    ...(text !== '' && { description: plain(text), markdownDescription: text }),
    ...form,
    ...(accepts !== undefined && form.$ref === undefined && { errorMessage: `must be ${accepts}` }),
  };
}

/** Markdown without its backquotes, for editors that show text only. */
function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}

function formOf(schema: z.ZodType, path: string, docOf: DocOf): JsonSchema {
  if (schema === steps) return STEPS_REF;
  if (schema instanceof z.ZodOptional) return formOf(schema.unwrap() as z.ZodType, path, docOf);
  if (schema instanceof z.ZodUnknown) return {};
  if (schema instanceof z.ZodUnion) return unionOf(schema, path, docOf);
  if (schema instanceof z.ZodObject) return objectOf(schema, path, docOf);
  if (schema instanceof z.ZodRecord) return recordOf(schema, path, docOf);
  if (schema instanceof z.ZodArray) {
    const { minItems, maxItems } = converted(schema);
    const items = jsonSchema(schema.element as z.ZodType, path, docOf, null);
    return { type: 'array', items, ...(minItems && { minItems }), ...(maxItems && { maxItems }) };
  }
  return scalarOf(schema);
}

function scalarOf(schema: z.ZodType): JsonSchema {
  const { pattern, minLength, maxLength, minimum, maximum, type, enum: values, const: only } = converted(schema);
  if (schema instanceof z.ZodEnum) return { enum: values?.flatMap(asWritten) };
  if (only !== undefined) return { enum: [only] };
  if (!(schema instanceof z.ZodString)) {
    return { type, ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
  }
  const types = schema === expression ? EXPRESSION : TEXT;
  return { type: types, ...(pattern && { pattern }), ...(minLength && { minLength }), ...(maxLength && { maxLength }) };
}

/** `with: 500` is a number to YAML, and as good as the text. */
function asWritten(value: string | number | boolean): (string | number)[] {
  return String(Number(value)) === value ? [value, Number(value)] : [String(value)];
}

/** zod's own words for lengths, patterns, values and bounds. */
function converted(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as JsonSchema;
}

function objectOf(schema: z.ZodObject, path: string, docOf: DocOf): JsonSchema {
  const entries = Object.entries(schema.shape as { readonly [key: string]: z.ZodType });
  const required = entries.filter(([, value]) => !(value instanceof z.ZodOptional)).map(([key]) => key);
  const standIn = standIns.get(schema);
  const certain = required.filter((key) => key !== standIn?.key);
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([key, value]) => [key, jsonSchema(unwrapped(value), path === '' ? key : `${path}.${key}`, docOf)]),
    ),
    ...(certain.length > 0 && { required: certain }),
    ...(standIn && { anyOf: [standIn.key, ...standIn.instead].map((key) => ({ required: [key] })) }),
    additionalProperties: false,
  };
}

/** The description of an optional key stands on either side of `.optional()`. */
function unwrapped(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional && schema.description === undefined
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema;
}

function recordOf(schema: z.ZodRecord, path: string, docOf: DocOf): JsonSchema {
  const { pattern } = converted(schema.keyType as z.ZodType);
  const accepts = (schema.keyType as z.ZodType).description;
  return {
    type: 'object',
    additionalProperties: jsonSchema(schema.valueType as z.ZodType, `${path}.*`, docOf, null),
    ...(pattern && { propertyNames: { pattern, ...(accepts && { patternErrorMessage: `must be ${accepts}` }) } }),
  };
}

/**
 * Options of different forms (a text, a list, a map) in one schema: the keywords of one form say nothing about values of
 * another, and editors complete one schema better than `anyOf`. Options of the same form stay apart.
 */
function unionOf(schema: z.ZodUnion, path: string, docOf: DocOf): JsonSchema {
  const options = (schema.options as readonly z.ZodType[]).map((one) => formOf(one, path, docOf));
  const types = options.map((one) => [one.type ?? (one.enum === undefined ? [] : TEXT)].flat());
  const apart = types.flat().length === new Set(types.flat()).size && options.every((one) => one.enum === undefined);
  if (!apart || types.some((one) => one.length === 0)) return { anyOf: options };
  return { ...Object.assign({}, ...options), type: types.flat() };
}
