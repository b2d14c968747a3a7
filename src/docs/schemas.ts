/** The files of `schema/`, for editors: one for flows, one for their tests, one for `mapp.yaml`. */
import { catalogueSchema } from '../compiler/catalogue-schema.ts';
import { TYPES } from '../compiler/field-types.ts';
import { flowSchema } from '../compiler/flow-schema.ts';
import { testFileSchema } from '../compiler/tests/schema.ts';
import { type JsonSchema, jsonSchema } from './json-schema.ts';
import { CATALOGUE_KEYS, docIn, FLOW_KEYS, TEST_KEYS } from './key-docs.ts';
import { stepDefinitions } from './step-schema.ts';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

export function editorSchemas(): { readonly [file: string]: JsonSchema } {
  return {
    'flow.schema.json': flowJsonSchema(),
    'test.schema.json': {
      $schema: DRAFT,
      title: 'Tests of a flow',
      ...jsonSchema(testFileSchema, '', docIn(TEST_KEYS)),
    },
    'mapp.schema.json': catalogueJsonSchema(),
  };
}

function flowJsonSchema(): JsonSchema {
  const docOf = docIn(FLOW_KEYS);
  return { $schema: DRAFT, title: 'Flow', ...jsonSchema(flowSchema, '', docOf), definitions: stepDefinitions(docOf) };
}

/** Types of attributes and fields, which zod does not check: `compiler/field-types.ts` reads them. */
function catalogueJsonSchema(): JsonSchema {
  const schema = jsonSchema(catalogueSchema, '', docIn(CATALOGUE_KEYS));
  const { attributes, events } = schema.properties!;
  const type: JsonSchema = { $ref: '#/definitions/type' };
  const fields: JsonSchema = {
    type: ['object', 'null'],
    description: 'Fields and their types. A field with "?" behind its type may be missing.',
    errorMessage: 'must be a map of fields and their types',
    additionalProperties: type,
  };
  const words = `one of ${TYPES.join(', ')}; [type] for a list, { field: type } for a map; "?" behind it: may be missing`;
  return {
    $schema: DRAFT,
    title: 'Catalogue (mapp.yaml)',
    ...schema,
    properties: {
      ...schema.properties,
      attributes: { ...attributes, additionalProperties: type },
      events: { ...events, additionalProperties: fields },
    },
    definitions: {
      type: {
        type: ['string', 'array', 'object'],
        description: `A type: ${words}.`,
        errorMessage: `must be ${words}`,
        pattern: `^\\s*(${TYPES.join('|')}|\\[.*\\])\\??\\s*$`,
        minItems: 1,
        maxItems: 1,
        items: { $ref: '#/definitions/type' },
        additionalProperties: { $ref: '#/definitions/type' },
      },
    },
  };
}
