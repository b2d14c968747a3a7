/** What contacts do with messages: nobody does in a sandbox, so that the control interface and the page say it for them. */
import { randomUUID } from 'node:crypto';
import { deliveryKeyOf } from '../plan/delivery-key.ts';
import { isObject } from './body.ts';
import type { SentMessage } from './outbox.ts';

/** By the last part of the path, and the event that a Whiteboard would report (CONTRACT.md §3). */
export const REACTIONS = {
  open: 'message_opened',
  click: 'message_clicked',
  bounce: 'message_bounced',
  reply: 'message_replied',
  unsubscribe: 'message_unsubscribed',
} as const;
export type ReactionKind = keyof typeof REACTIONS;

/** The request of a Whiteboard's HTTP job (`docs/mapp-setup.md`). */
export interface Reaction {
  readonly event: (typeof REACTIONS)[ReactionKind];
  readonly email: string | null;
  readonly mobile?: string;
  readonly message_id: string;
  /** of the ledger, where the message carries one */
  readonly key?: string;
  readonly link?: string;
  readonly text?: string;
  /** makes it idempotent */
  readonly id: string;
  /** ISO 8601 UTC */
  readonly time: string;
}

const FIELDS: { readonly [name: string]: string } = {
  link: 'where a click went',
  text: 'what was replied, or why it bounced',
  id: 'the same id again is the same reaction',
  time: 'ISO 8601; default: now',
};

export function isReactionKind(name: string): name is ReactionKind {
  return Object.hasOwn(REACTIONS, name);
}

/** The reaction that a request asks for, or what is wrong with the request. `body`: null where there is none. */
export function readReaction(
  kind: ReactionKind,
  message: SentMessage,
  body: unknown,
): Reaction | { readonly problem: string } {
  const given = body ?? {};
  const accepted = Object.entries(FIELDS).map(([name, what]) => `${name} (${what})`);
  if (!isObject(given))
    return { problem: `expected an object with some of ${accepted.join(', ')}; found ${JSON.stringify(given)}` };
  const texts: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(FIELDS, name)) return { problem: `unknown key "${name}"; accepted are ${accepted.join(', ')}` };
    if (typeof value !== 'string' || value === '')
      return { problem: `"${name}" is ${JSON.stringify(value)}; accepted is a text` };
    texts[name] = value;
  }
  const { time, ...rest } = texts;
  const moment = time === undefined ? Date.now() : Date.parse(time);
  if (Number.isNaN(moment)) return { problem: `"time" is ${JSON.stringify(time)}; accepted is a moment of ISO 8601` };
  const key = keyOf(message);
  return {
    id: randomUUID(),
    ...rest,
    event: REACTIONS[kind],
    email: message.email,
    ...(message.email === null && message.mobile !== null && { mobile: message.mobile }),
    message_id: message.messageId,
    ...(key !== null && { key }),
    time: new Date(moment).toISOString(),
  };
}

/** Which field carries the key is configured in `mapp.yaml`: it is known by its form. */
function keyOf({ transactionId, parameters }: SentMessage): string | null {
  const carrying = [transactionId, ...Object.values(parameters)].map((text) =>
    text === null ? null : deliveryKeyOf(text),
  );
  return carrying.find((key) => key !== null) ?? null;
}
