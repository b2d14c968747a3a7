/** The keys of `mapp.yaml` by which producers' knowledge reaches Mapp: `write_through` of a source, and `exports`. */
import * as z from 'zod';

/** What Mapp can hold as the name of an attribute. */
export const ATTRIBUTE_NAME = /^(?! )[^./:]{1,100}(?<! )$/;

const attributeName = z
  .string()
  .regex(ATTRIBUTE_NAME)
  .describe('an attribute of Mapp: at most 100 characters without ".", "/" and ":", and without spaces at its ends');

const audience = z
  .string()
  .regex(/^\S(.{0,254}\S)?$/)
  .describe("the name that events give an audience: Lytics' slug, mParticle's name");

const group = z.string().describe('the name of a group');

export const writeThrough = z
  .strictObject({
    attributes: z
      .union([z.enum(['all']), z.array(attributeName).min(1), z.record(z.string(), attributeName)])
      .describe('"all", a list of attributes, or a map of the producer\'s names and those of Mapp')
      .optional(),
    audiences: z
      .record(audience, z.string().describe('the name of a group'))
      .describe('a map of audiences and the groups of those inside')
      .optional(),
    consent: z
      .strictObject({ email: group.optional(), sms: group.optional(), push: group.optional() })
      .describe('a map of channels and the groups of those who agreed')
      .optional(),
  })
  .describe('a map with "attributes", "audiences" or "consent"');

export const audienceExport = z
  .strictObject({
    source: z.string().describe('the name of a source'),
    audience,
    identifier: z
      .string()
      .regex(/^\S(.{0,98}\S)?$/)
      .describe('the field that identifies a user, such as "email"'),
    group: z
      .string()
      .regex(/^[^/:\s]+$/)
      .describe('the name of a group, or its id at Mapp'),
    dynamic_attributes: z.boolean().optional(),
    dynamic_attribute_prefix: z
      .string()
      .regex(/^[^./:\s]{0,49}_$/)
      .describe('a text that ends in "_", at most 50 characters without spaces, ".", "/" and ":"')
      .optional(),
    attribute: attributeName.optional(),
    existing_users: z.boolean().optional(),
    backfill_only: z.boolean().optional(),
  })
  .describe('a map with "source", "audience", "identifier" and "group"');
