import type { JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';
import type { Read } from './absorb.ts';
import { canonicalEvent } from './canonical.ts';
import { contactOf, sendOf } from './mapp-feedback-fields.ts';
import { readJavaDate } from './mapp-feedback-time.ts';
import { contentKey, firstText, object, text } from './values.ts';

/** Subtypes that send a message, in lower case. */
const SENDS: ReadonlySet<string> = new Set(['email', 'sms', 'push', 'webpush']);

/**
 * One item of Connect's feedback (docs.mapp.com "Enable feedback via response queue or callback URL"): what its worker could not
 * carry out after it had answered 200. About a send it is the event `message_failed` of the contact, which settles or marks the
 * send. What it says of a profile, an order or a product is for people to look at: it is kept.
 */
export function readCallbackItem(request: IngestRequest, item: JsonObject): Read {
  const code = firstText(item.errorCode) ?? 'without a code';
  const subtype = firstText(item.mappingName)?.toLowerCase() ?? 'unknown';
  const reason = [`Mapp reported ${code}`, firstText(item.description)].filter(Boolean).join(': ').slice(0, 500);
  const sent = object(item.actionParams);
  const send = sendOf(sent);
  if (!SENDS.has(subtype) && send.key === undefined) return `not_carried_out: ${subtype}: ${reason}`;
  const moment = readJavaDate(text(item.actionTime) ?? '');
  return canonicalEvent(request, {
    name: 'message_failed',
    time: moment ?? undefined,
    timeField: 'actionTime',
    // `uuid` is that of the event at Mapp: repeated callbacks bring the same one.
    id: firstText(item.uuid),
    key: contentKey([firstText(item.uuid) ?? null, code, subtype, item.actionTime ?? null, sent]),
    contact: contactOf(sent),
    data: { code, text: reason },
    facts: { feedback: { ...send, said: 'failed', reason } },
  });
}
