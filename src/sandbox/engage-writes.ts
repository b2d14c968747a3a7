/** What the writing methods of Engage do to the account, a moment after they were accepted, as Connect's events do. */
import type { JsonObject } from '../plan/json.ts';
import type { Account } from './account.ts';
import { field, isObject } from './body.ts';
import type { Catalogue } from './catalogue.ts';
import type { Contact } from './contacts.ts';
import type { AcceptedCall } from './journal.ts';

/** `subtype` of a write of Engage in the journal: `engage:user/updateProfile`. Its body is the query and the body of the call. */
const PREFIX = 'engage:';

export function engageSubtype(path: string): string {
  return PREFIX + path;
}

export function isEngageWrite({ subtype }: AcceptedCall): boolean {
  return subtype.startsWith(PREFIX);
}

/** Applies it to the contact, where it still exists. */
export function applyEngageWrite(call: AcceptedCall, account: Account, catalogue: Catalogue): void {
  account.version += 1;
  for (const { id, body } of call.events) {
    const contact = account.contacts.get(field(body, 'userId') ?? field(body, 'recipientId') ?? '');
    if (contact !== undefined)
      WRITES[call.subtype.slice(PREFIX.length)]?.(contact, { id, at: call.at, body, account, catalogue });
  }
}

interface Write {
  /** of the event in the journal */
  readonly id: string;
  readonly at: string;
  readonly body: JsonObject;
  readonly account: Account;
  readonly catalogue: Catalogue;
}

const WRITES: { readonly [path: string]: (contact: Contact, write: Write) => void } = {
  'user/updateProfile': (contact, { body }) => {
    for (const [name, value] of pairs(body.set)) put(contact.attributes, name.replace(/^user\./, ''), value);
  },
  'membership/updateAttributes': (contact, { body }) => {
    const group = field(body, 'groupId')!;
    const attributes = contact.memberAttributes.get(group) ?? new Map<string, string>();
    for (const [name, value] of pairs(body.set)) put(attributes, name.replace(/^member\./, ''), value);
    contact.memberAttributes.set(group, attributes);
  },
  'membership/subscribe': (contact, { body }) => {
    const group = field(body, 'groupId')!;
    const invited = field(body, 'subscriptionMode') === 'DOUBLE_OPT_IN' && contact.groups.get(group) !== 'member';
    contact.groups.set(group, invited ? 'invited' : 'member');
  },
  'membership/unsubscribe': (contact, { body }) => {
    contact.groups.set(field(body, 'groupId')!, 'unsubscribed');
  },
  'message/sendSingle': deliver,
  'message/sendTransactional': deliver,
};

/** Which group a message belongs to is not in the catalogue, so nobody joins one here. */
function deliver(contact: Contact, { id, at, body, account, catalogue }: Write): void {
  const messageId = field(body, 'messageId')!;
  const found = sendable(catalogue, messageId);
  if (found === null) return;
  account.outbox.push({
    id,
    at,
    channel: found.channel,
    messageId,
    message: found.name,
    contact: contact.id,
    email: contact.email,
    mobile: contact.mobile,
    parameters: Object.fromEntries(pairs(body.parameters).filter(([, value]) => value !== null)) as {
      [name: string]: string;
    },
    transactionId: field(body, 'externalTransactionFormula'),
    appId: null,
    app: null,
  });
}

/** A prepared e-mail or SMS; where the catalogue lists no messages, any id is an e-mail's. */
export function sendable(
  catalogue: Catalogue,
  id: string,
): { readonly name: string; readonly channel: 'email' | 'sms' } | null {
  for (const channel of ['email', 'sms'] as const) {
    const found = catalogue.message(channel, id);
    if (found !== null) return { name: found.name, channel };
  }
  return null;
}

/** Entries of `[{ name, value }]`. */
export function pairs(value: unknown): readonly (readonly [name: string, value: string | null])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isObject(item) || typeof item.name !== 'string') return [];
    const { name, value } = item;
    return [[name, value === null || value === undefined ? null : String(value)] as const];
  });
}

function put(attributes: Map<string, string>, name: string, value: string | null): void {
  if (value === null || value === '') attributes.delete(name);
  else attributes.set(name, value);
}
