/** The keys of `mapp.yaml` (LANGUAGE.md §8, CONTRACT.md §3). */
import * as z from 'zod';
import { SOURCE_TYPES } from '../plan/project.ts';
import { SUBTYPES, type Subtype } from '../plan/subtypes.ts';
import { period, short } from '../steps/schemas.ts';
import { limitKeys } from './limits-schema.ts';
import { audienceExport, writeThrough } from './sync-schema.ts';

const id = z.string().min(1).describe('the id Mapp gave it');
const parameter = z
  .string()
  .regex(/^[^\s?]+\??$/)
  .describe('a name, with "?" behind it where it may be missing');

const message = z.strictObject({
  channel: z.enum(['email', 'sms', 'push']),
  id,
  parameters: z.array(parameter).describe('a list of names such as [coupon?, first?]').optional(),
  app: z.string().describe('the name of an app').optional(),
  web: z.boolean().optional(),
  via: z.enum(['connect', 'engage']).optional(),
});

const variable = z.string().describe('the name of an environment variable');
const variables = z
  .union([variable, z.array(variable)])
  .describe('the name of an environment variable, or several')
  .optional();
const source = z.strictObject({
  type: z.enum(SOURCE_TYPES),
  token: variables,
  secret: variables,
  hmac_sha1: variables,
  backfill: z.enum(['ignore', 'start']).optional(),
  consent: z
    .record(z.string(), z.enum(['email', 'sms', 'push']).describe('email, sms or push'))
    .describe('a map of purposes and channels')
    .optional(),
  write_through: writeThrough.optional(),
});

/** Mapp's limits: attribute names 80 characters, group attributes 100. */
const attribute = z
  .string()
  .regex(/^(?! )[^.]{1,100}(?<! )$/)
  .describe('a name of at most 100 characters without dots, and without spaces at its ends');

const spelling = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/)
  .describe('a subtype: letters, digits, "_", "-" and ".", at most 64')
  .optional();
const subtypes = Object.fromEntries(SUBTYPES.map((name) => [name, spelling])) as {
  readonly [S in Subtype]: typeof spelling;
};

export const catalogueSchema = z.strictObject({
  project: short(100),
  timezone: z.string().describe('an IANA time zone such as "Europe/Berlin"').optional(),
  timezone_attribute: z.string().describe('the name of an attribute').optional(),
  ...limitKeys,
  messages: z.record(z.string(), message).describe('a map of messages by name').optional(),
  groups: z.record(z.string(), id).describe('a map of names and ids').optional(),
  apps: z.record(z.string(), id).describe('a map of names and ids').optional(),
  attributes: z.record(attribute, z.unknown()).describe('a map of names and types').optional(),
  events: z.record(z.string(), z.unknown()).describe('a map of events and their fields').optional(),
  mapp: z
    .strictObject({
      subtypes: z.strictObject(subtypes).describe("a map of Mapp's subtypes and their spelling here").optional(),
      key_field: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
        .describe('a name of letters, digits and "_", at most 64')
        .optional(),
      max_age: period.optional(),
    })
    .describe('a map with "subtypes", "key_field" and "max_age"')
    .optional(),
  sources: z
    .record(
      z
        .string()
        .regex(/^(?!flows$)[a-z0-9_-]{1,64}$/)
        .describe('a name of a-z, 0-9, "-" and "_", at most 64 characters, other than "flows"'),
      source,
    )
    .describe('a map of sources by name')
    .optional(),
  exports: z
    .record(
      z
        .string()
        .regex(/^[a-z0-9_-]{1,64}$/)
        .describe('a name of a-z, 0-9, "-" and "_", at most 64 characters'),
      audienceExport,
    )
    .describe('a map of exports by name')
    .optional(),
});
