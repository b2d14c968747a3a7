/** The top level of a flow (LANGUAGE.md §2). */
import * as z from 'zod';
import { defaultsSchema } from '../steps/acting-definition.ts';
import { eventsSchema, expression, period, short, steps, timedKeys, zone } from '../steps/schemas.ts';
import { limitKeys } from './limits-schema.ts';

export const STATUSES = ['active', 'draft', 'paused', 'draining', 'stopped'] as const;
export const REENTRY_MODES = ['once', 'after_exit', 'always', 'restart'] as const;

export const flowSchema = z.strictObject({
  flow: z
    .string()
    .regex(/^[a-z0-9-]{1,100}$/)
    .describe('a name of a-z, 0-9 and "-", at most 100 characters'),
  description: short(2000).optional(),
  owner: short(200).optional(),
  tags: z.array(short(200)).describe('a list of texts').optional(),
  status: z.enum(STATUSES).optional(),
  on: eventsSchema(timedKeys),
  key: expression.optional(),
  reentry: z.string().describe('"once", "after_exit", "always", "restart", or a period such as "30 days"').optional(),
  exit_on: eventsSchema({ reason: short(200).optional() }).optional(),
  goal: eventsSchema({
    name: short(100).optional(),
    within: period.optional(),
    exit: z.boolean().optional(),
  }).optional(),
  timezone: zone.optional(),
  ...limitKeys,
  on_change: z.enum(['pin', 'migrate']).optional(),
  max_event_age: period.optional(),
  defaults: defaultsSchema.optional(),
  steps,
});
