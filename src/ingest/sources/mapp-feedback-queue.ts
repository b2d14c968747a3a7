import type { Said } from '../../plan/feedback.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { readTimestamp } from '../timestamp.ts';
import { IGNORED, type Read } from './absorb.ts';
import { canonicalEvent } from './canonical.ts';
import { readCallbackItem } from './mapp-feedback-callback.ts';
import { contactOf, fieldOf, sendOf } from './mapp-feedback-fields.ts';
import { readJavaDate } from './mapp-feedback-time.ts';
import { contentKey, firstText, list, object } from './values.ts';

interface Kind {
  readonly said: Said;
  readonly event: string;
  /** names of fields with more: where a click went, what kind of bounce it was, what was replied */
  readonly link?: readonly string[];
  readonly text?: readonly string[];
}

/** Groups of tracking attributes (docs.mapp.com "Set up response queue"): which of them an item has says what it is about. */
const KINDS: { readonly [prefix: string]: Kind } = {
  clicker: { said: 'clicked', event: 'message_clicked', link: ['clicker.url'] },
  pushclick: { said: 'clicked', event: 'message_clicked', link: ['pushclick.url'] },
  renderer: { said: 'opened', event: 'message_opened' },
  bounce: { said: 'bounced', event: 'message_bounced', text: ['bounce.category'] },
  unsubscriber: { said: 'unsubscribed', event: 'message_unsubscribed' },
  smsinbound: { said: 'replied', event: 'message_replied', text: ['smsinbound.text', 'smsinbound.message'] },
  senttomta: { said: 'sent', event: 'message_delivered' },
  sendtransactional: { said: 'sent', event: 'message_delivered' },
  transactional: { said: 'sent', event: 'message_delivered' },
};
const TIMES = ['datetime', 'timestamp'];

/**
 * One item of Engage's response queue, `{ queueId, output: [{ name, value }] }`. Which names occur is configured by Mapp for each account; an
 * item of type `mctFeedback` has the fields of Connect's callback. That a message of nobody's flow left Mapp is left out.
 */
export function readQueueItem(request: IngestRequest, item: JsonObject): Read {
  const fields = Object.fromEntries(
    list(item.output)
      .map(object)
      .flatMap((one) => (firstText(one.name) === undefined ? [] : [[firstText(one.name)!, unwrapped(one.value)]])),
  );
  if (Object.hasOwn(fields, 'errorCode')) return readCallbackItem(request, withParameters(fields));
  const prefixes = Object.keys(fields).flatMap((name) => name.split('.').slice(0, -1).join('.').toLowerCase());
  const found = Object.keys(KINDS).find((prefix) => prefixes.includes(prefix));
  if (found === undefined) {
    return `unknown_feedback: the item's "output" has no attribute of ${Object.keys(KINDS).join(', ')}, and no errorCode`;
  }
  const { said, event, link, text } = KINDS[found]!;
  const send = sendOf(fields);
  if (said === 'sent' && send.key === undefined) return IGNORED;
  const time = fieldOf(fields, [`${found}.timestamp`, ...TIMES]);
  const target = link && fieldOf(fields, link);
  const words = text && fieldOf(fields, text);
  const contact = contactOf(fields);
  const data = { ...(target !== undefined && { link: target }), ...(words !== undefined && { text: words }) };
  return canonicalEvent(request, {
    name: event,
    time: time === undefined ? undefined : momentOf(time),
    timeField: `${found}.timestamp`,
    id: firstText(item.queueId),
    key: contentKey([event, firstText(item.queueId) ?? null, fields]),
    contact,
    data,
    facts: {
      feedback: { ...send, said, ...(said === 'bounced' && { reason: ['bounced', words].filter(Boolean).join(': ') }) },
    },
  });
}

/** What was XML once may come as arrays of one. */
function unwrapped(value: Json | undefined): Json {
  return Array.isArray(value) && value.length === 1 ? value[0]! : (value ?? null);
}

/** `actionParams` as an object, as a text that holds one, or spelled out as `actionParams.email`. */
function withParameters(fields: JsonObject): JsonObject {
  const given = fields.actionParams;
  const spelled = Object.entries(fields).flatMap(([name, value]) =>
    name.startsWith('actionParams.') ? [[name.slice('actionParams.'.length), value]] : [],
  );
  return {
    ...fields,
    actionParams: { ...object(typeof given === 'string' ? parsed(given) : given), ...Object.fromEntries(spelled) },
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** Queues print ISO 8601, Java's dates, or milliseconds; `2026-03-27 10:00:00` without a zone is taken for UTC. */
function momentOf(time: string): number | null {
  return (
    readJavaDate(time) ??
    readTimestamp(
      `${time
        .trim()
        .replace(' ', 'T')
        .replace(/\.\d+$/, '')}Z`,
    )
  );
}
