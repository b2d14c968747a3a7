/** Events about messages: which send each is about, and what it says of the contact's consent. */
import type { Transaction } from 'kysely';
import { consentOf } from '../plan/consent.ts';
import { deliveryKeyOf, entryOf } from '../plan/delivery-key.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Feedback, FoundSend, Said } from '../plan/feedback.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Message, Project } from '../plan/project.ts';
import type { InboxEvent } from '../store/inbox.ts';
import type { Tables } from '../store/tables.ts';

/** Takes feedback into the ledger, within the transaction that keeps the events; answers the send of each, null where there is none. */
export type TakeFeedback = (
  trx: Transaction<Tables>,
  told: readonly { readonly person: string; readonly at: string; readonly feedback: Feedback }[],
) => Promise<(FoundSend | null)[]>;

/** What the reserved events of messages say; `message_sent` the ledger tells itself. */
const SAID: { readonly [event: string]: Said } = {
  message_opened: 'opened',
  message_clicked: 'clicked',
  message_bounced: 'bounced',
  message_replied: 'replied',
  message_unsubscribed: 'unsubscribed',
};

/**
 * Names the message as the catalogue does, and says which send is to be looked for, whoever the producer is: Mapp's
 * feedback brings the message's id, the own API its name. A message that the catalogue does not list goes by its id.
 */
export function aboutMessage(messages: Project['messages'], event: CanonicalEvent): CanonicalEvent {
  const said = Object.hasOwn(SAID, event.name) ? SAID[event.name] : event.feedback?.said;
  if (said === undefined) return event;
  const given = event.feedback;
  const { message, step, key } = event.data;
  const name = typeof message === 'string' ? message : null;
  const [known, found] = lookUp(messages, name, given?.messageId);
  const own = typeof key === 'string' ? deliveryKeyOf(key) : null;
  const messageId = found?.id ?? given?.messageId;
  const called = known ?? messageId;
  const feedback: Feedback = {
    ...given,
    said,
    ...(own !== null && { key: own }),
    ...(messageId !== undefined && { messageId }),
    ...(typeof step === 'string' && { step }),
    ...(found !== undefined && { channel: found.channel }),
  };
  return { ...event, data: { ...event.data, ...(called !== undefined && { message: called }) }, feedback };
}

function lookUp(
  messages: Project['messages'],
  name: string | null,
  id: string | undefined,
): [name: string | undefined, message: Message | undefined] {
  if (name !== null) return [name, messages !== null && Object.hasOwn(messages, name) ? messages[name] : undefined];
  return Object.entries(messages ?? {}).find(([, message]) => message.id === id) ?? [undefined, undefined];
}

/** The rows with the message, step and run of the send they are about, and with what they say of the contact's consent. */
export async function withSends(
  trx: Transaction<Tables>,
  rows: readonly InboxEvent[],
  take: TakeFeedback | null,
): Promise<InboxEvent[]> {
  const told = rows.flatMap(({ person, event: { time: at, feedback, development } }, n) =>
    feedback === undefined || development === true ? [] : [{ n, person, at, feedback }],
  );
  const sends = take === null || told.length === 0 ? [] : await take(trx, told);
  const found = new Map(told.map(({ n }, at) => [n, sends[at] ?? null]));
  return rows.map((row, n) => {
    const { event } = row;
    if (event.feedback === undefined) return row;
    const send = found.get(n) ?? null;
    const data: JsonObject = { ...event.data, ...sendFields(event.feedback, send) };
    const channel = send?.channel ?? event.feedback.channel ?? 'email';
    const consent = event.consent ?? consentOf({ name: event.name, data }, channel);
    return { ...row, event: { ...event, data, ...(consent !== null && { consent }) } };
  });
}

/** With a key that names no send of ours the event is nobody's: it must not pass for another run's. */
function sendFields({ key }: Feedback, send: FoundSend | null): JsonObject {
  if (send !== null) return { message: send.message, step: send.step, ...(send.run !== null && { run: send.run }) };
  return key === undefined ? {} : { run: entryOf(key) };
}
