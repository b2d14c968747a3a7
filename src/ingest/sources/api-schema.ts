import { z } from 'zod';
import { CONSENT_WORDS } from '../../plan/consent.ts';
import { EVENTS_PER_REQUEST, NAME_LENGTH } from '../limits.ts';
import { TIMESTAMP_HELP } from '../timestamp.ts';

/** One wording for a missing value and for one of the wrong type. */
const must = (rule: string) => ({
  error: (issue: { input?: unknown }) =>
    issue.input === undefined ? `is missing: it must be ${rule}` : `must be ${rule}`,
});

const identifier = (description: string) =>
  z.union([z.string(), z.int(), z.null()], must('text')).optional().describe(description);

const consent = z.enum(CONSENT_WORDS, must(`one of ${CONSENT_WORDS.join(', ')}`)).optional();

/** The types of an own-API event (CONTRACT.md §3). What types cannot say (limits, addresses, moments) is checked in `api.ts`. */
export const apiEvent = z
  .looseObject(
    {
      event: z.string(must('the name of the event, as text')).meta({
        description: 'name of the event; "manual" starts the flow named by `flow`',
        minLength: 1,
        maxLength: NAME_LENGTH,
      }),
      id: z
        .union([z.string(), z.int(), z.null()], must('text'))
        .optional()
        .describe('makes the event idempotent: a second one with the same id changes nothing'),
      time: z
        .union([z.string(), z.int(), z.null()], must(TIMESTAMP_HELP))
        .optional()
        .describe(`${TIMESTAMP_HELP}; now, where it is missing or in the future`),
      contact: z
        .looseObject(
          {
            email: identifier('e-mail address'),
            mobile: identifier('mobile number with country code'),
            external_id: identifier('your own id of the contact'),
            mapp_id: identifier("Mapp's userID"),
            timezone: z
              .string(must('an IANA time zone'))
              .nullish()
              .describe("the contact's own time zone, such as Europe/Berlin"),
            attributes: z
              .record(z.string(), z.unknown(), must('an object'))
              .nullish()
              .describe('what you know of the contact, read in flows as contact.X; null takes an attribute away'),
          },
          must('an object with at least one of mapp_id, email, mobile, external_id'),
        )
        .describe('at least one identifier'),
      data: z
        .record(z.string(), z.unknown(), must('an object'))
        .nullish()
        .describe(
          'fields of the event, read in flows as event.x; integers beyond 2^53 are kept as text of their digits',
        ),
      consent: z
        .strictObject({ email: consent, sms: consent, push: consent }, must('an object with "email", "sms" and "push"'))
        .nullish()
        .describe('whether messages may go to the contact, by channel; the last word by `time` stands'),
      flow: z.string(must('the name of a flow')).nullish().describe('with event "manual" only: the flow to start'),
    },
    must('an object'),
  )
  .meta({
    id: 'Event',
    description:
      'One thing that happened to one contact. Unknown keys are kept with the event, and no flow sees them: fields of its own stand in `data`.',
  });

export const apiBody = z.union([apiEvent, z.array(apiEvent).min(1).max(EVENTS_PER_REQUEST)]);

export const apiAnswer = z
  .object({
    accepted: z.int().min(0),
    duplicates: z.int().min(0),
    rejected: z.array(z.object({ index: z.int().min(0), code: z.string(), pointer: z.string(), detail: z.string() })),
  })
  .meta({ id: 'Accepted' });

/** What a source that absorbs answers (`absorb.ts`). */
export const absorbedAnswer = z
  .object({
    accepted: z.int().min(0),
    duplicates: z.int().min(0),
    ignored: z.int().min(0).describe('left out because the source says so (`backfill: ignore`)'),
    quarantined: z
      .array(z.object({ index: z.int().min(0), code: z.string(), detail: z.string() }))
      .describe('kept with a reason; `index` counts what the request tells of, in its order'),
  })
  .meta({ id: 'Absorbed' });

export const problemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ pointer: z.string().nullable(), detail: z.string() })),
    retryAfter: z.int().optional().meta({ description: 'seconds, as the header says' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });
