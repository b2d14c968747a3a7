/** The keys of a test file (LANGUAGE.md §7). */
import * as z from 'zod';
import { eventName, period, short, stepId, text, values } from '../../steps/schemas.ts';

/** What an operator may say of a parked step, as `flows resolve --as` has it. */
export const RESOLUTIONS = ['sent', 'resend', 'skip'] as const;
/** Keys of which an item of `events` has one. */
export const HAPPENINGS = ['event', 'approve', 'reject', 'resolve', 'pause', 'resume'] as const;

const moment = z.string().describe('a moment such as 2026-03-27T10:00:00+01:00');
const data = values.optional();

/** A map with one key that says what happens: `read-case.ts` checks that it is one. */
export const happening = z.strictObject({
  event: eventName.optional(),
  data,
  approve: stepId.optional(),
  reject: stepId.optional(),
  resolve: stepId.optional(),
  as: z.enum(RESOLUTIONS).optional(),
  pause: z.literal(true).describe('true').optional(),
  resume: z.literal(true).describe('true').optional(),
  after: period.optional(),
  at: moment.optional(),
});

const past = z.strictObject({ before: period, event: eventName, data });
const answer = z.strictObject({
  status: z.int().min(100).max(599).describe('an HTTP status such as 200'),
  body: z.unknown().optional(),
});
const failure = z.strictObject({
  step: stepId,
  with: z.enum(['400', '500', 'timeout']),
  times: z.int().min(1).max(1000).describe('a number from 1 to 1000').optional(),
});

const channels = z
  .array(z.enum(['email', 'sms', 'push']))
  .describe('a list of channels such as [email]')
  .optional();

const contact = z.strictObject({
  email: text.optional(),
  mobile: text.optional(),
  external_id: text.optional(),
  mapp_id: text.optional(),
  timezone: z.string().describe('an IANA time zone such as "Europe/Berlin"').optional(),
  attributes: values.optional(),
  unsubscribed: channels,
  blocked: channels,
});

export const caseSchema = z.strictObject({
  name: short(200),
  contact: contact.optional(),
  start: moment.optional(),
  groups: z.array(text).describe('a list of group names').optional(),
  history: z.array(past).describe('a list of maps with "before" and "event"').optional(),
  events: z
    .array(happening)
    .describe('a list of maps with "event", or with what an operator does, such as "approve"')
    .optional(),
  webhooks: z.record(stepId, answer).describe('a map of step ids, each with "status" and "body"').optional(),
  mapp: z.strictObject({ fail: z.array(failure).describe('a list of maps with "step" and "with"') }).optional(),
  expect: z.string().describe('the timeline, one line for each thing that happens').optional(),
});

export const testFileSchema = z.strictObject({
  flow: z.string().describe('the name of a flow'),
  cases: z.array(caseSchema).describe('a list of cases, each beginning with "- name: "'),
});
