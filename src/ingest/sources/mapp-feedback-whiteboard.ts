import { CONSENT_WORDS, type Consent, type ConsentWord } from '../../plan/consent.ts';
import type { Said } from '../../plan/feedback.ts';
import type { JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { readTimestamp } from '../timestamp.ts';
import type { Read } from './absorb.ts';
import { canonicalEvent } from './canonical.ts';
import { contactOf, sendOf } from './mapp-feedback-fields.ts';
import { contentKey, firstText, text } from './values.ts';

/** Events that a Whiteboard may send, and what each says of a message. `consent_changed` is about none. */
const EVENTS: { readonly [event: string]: Said | null } = {
  message_opened: 'opened',
  message_clicked: 'clicked',
  message_bounced: 'bounced',
  message_replied: 'replied',
  message_unsubscribed: 'unsubscribed',
  consent_changed: null,
};
const CHANNELS = ['email', 'sms', 'push'] as const;

/**
 * The request that an author of Whiteboards writes (CONTRACT.md §3, `docs/mapp-setup.md`): `{ event, email, message_id, link?, text?,
 * key?, id?, time? }`; `consent_changed` has `channel` and `consent`. Placeholders that Mapp could not fill come as empty texts.
 */
export function readWhiteboardCall(request: IngestRequest, item: JsonObject): Read {
  const name = text(item.event)?.trim() ?? '';
  const said = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
  if (said === undefined) {
    return `unknown_event: ${JSON.stringify(name.slice(0, 80))} is none of ${Object.keys(EVENTS).join(', ')}`;
  }
  const send = sendOf(item);
  if (said !== null && send.key === undefined && send.messageId === undefined) {
    return 'invalid_event: message_id is missing, and there is no key of a delivery';
  }
  const consent = said === null ? consentIn(item) : null;
  if (typeof consent === 'string') return consent;
  const id = firstText(item.id);
  const time = firstText(item.time);
  const contact = contactOf(item);
  const data = said === null ? fieldsOf(item, ['channel', 'consent']) : fieldsOf(item, ['link', 'text']);
  const moment = time === undefined ? undefined : readTimestamp(time);
  return canonicalEvent(request, {
    name,
    time: moment,
    timeField: 'time',
    id,
    // Two opens of one message without an id and a time cannot be told from a repeated request: they count once.
    key: id ?? contentKey([name, time ?? null, contact as JsonObject, data, send as JsonObject]),
    contact,
    data,
    facts: {
      ...(consent !== null && { consent }),
      ...(said !== null && { feedback: { ...send, said, ...bounce(said, data) } }),
    },
  });
}

/** Those that hold something. */
function fieldsOf(item: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = firstText(item[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function bounce(said: Said, { text: kind }: JsonObject): { reason?: string } {
  return said === 'bounced' ? { reason: kind === undefined ? 'bounced' : `bounced: ${kind}` } : {};
}

function consentIn(item: JsonObject): Consent | string {
  const channel = firstText(item.channel) ?? 'email';
  const word = firstText(item.consent) ?? '';
  if (!CHANNELS.some((one) => one === channel)) return `invalid_event: channel is none of ${CHANNELS.join(', ')}`;
  if (!CONSENT_WORDS.some((one) => one === word))
    return `invalid_event: consent is none of ${CONSENT_WORDS.join(', ')}`;
  return { [channel]: word as ConsentWord };
}
