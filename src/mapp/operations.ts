/** What each operation of a run is as an event of Mapp Connect (docs.mapp.com "API endpoints", "User identifiers"). */
import type { Operation } from '../plan/effect.ts';
import type { Contact, IdentifierKind } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { MappError } from './errors.ts';
import { fieldsOf } from './fields.ts';

interface Row {
  /** `subtype` of the call: the name of a mapping in the integration */
  readonly subtype: string;
  /** identifiers that can name the contact, best first, and the field each goes in; exactly one is sent */
  readonly address: readonly (readonly [IdentifierKind, string])[];
  /** whether a call of unknown fate may simply be made again */
  readonly repeatable: boolean;
  /** whether it may share a call to `event/batch` with others of its subtype */
  readonly batchable: boolean;
}

const USER: Row = {
  subtype: 'user',
  // As Mapp itself resolves a contact. `externalID` works in `user` events only, and never creates a contact.
  address: [
    ['mapp_id', 'userID'],
    ['email', 'email'],
    ['mobile', 'mobileNumber'],
    ['external_id', 'externalID'],
  ],
  repeatable: true,
  batchable: true,
};

/**
 * One row per operation; sends by channel. Mapp would look the address up by an identifier of another channel, but to an
 * author a contact without an address for the channel is one who is skipped (LANGUAGE.md §5); `userID` names a contact
 * whose addresses only Mapp knows.
 */
export const OPERATIONS = {
  email: {
    subtype: 'email',
    address: [
      ['email', 'email'],
      ['mapp_id', 'userID'],
    ],
    repeatable: false,
    batchable: true,
  },
  sms: {
    subtype: 'sms',
    address: [
      ['mobile', 'recipientMobileNumber'],
      ['mapp_id', 'userID'],
    ],
    repeatable: false,
    batchable: true,
  },
  push: {
    subtype: 'push',
    address: [
      ['email', 'email'],
      ['mobile', 'mobileNumber'],
      ['mapp_id', 'userID'],
    ],
    repeatable: false,
    batchable: true,
  },
  profile: USER,
  group: USER,
  /** a second call may send a second invitation */
  group_double_opt_in: { ...USER, repeatable: false },
} as const satisfies { readonly [operation: string]: Row };

/** Fields that mean something to Mapp whatever the mapping says; no parameter and no attribute may have their names. */
const RESERVED = new Set([
  ...['email', 'userID', 'userId', 'mobileNumber', 'recipientMobileNumber', 'recipientId', 'externalID', 'identifier'],
  ...['group', 'delete', 'subscribe', 'unsubscribe', 'doubleOptIn', 'skipUnsubscribers', 'updateonly', 'partialUpdate'],
  ...['messageId', 'pushMessageId', 'mobileAppId', 'externalTransactionFormula'],
]);

export type Call =
  | { readonly subtype: string; readonly body: JsonObject; readonly repeatable: boolean }
  | { readonly skip: 'no_address' };

/**
 * The event that carries out an operation for a contact. Every value is a text. Throws a `MappError` of kind `invalid`
 * (nothing was sent) where Mapp has no way to do what the operation asks.
 */
export function toCall(operation: Operation, address: Contact): Call {
  const row: Row = OPERATIONS[rowOf(operation)];
  const found = row.address.find(([kind]) => (address[kind] ?? '').trim() !== '');
  if (found === undefined) return { skip: 'no_address' };
  const [kind, field] = found;
  const identifier = address[kind]!.trim();
  const body: Record<string, string> = { [field]: kind === 'mobile' ? dialable(identifier) : identifier };
  switch (operation.type) {
    case 'send':
      Object.assign(body, messageFields(operation));
      for (const [name, value] of Object.entries(operation.parameters)) put(body, 'parameter', name, value);
      for (const [name, value] of Object.entries(operation.set)) put(body, 'attribute', name, value ?? '');
      break;
    case 'profile':
      for (const [name, value] of Object.entries(operation.set)) put(body, 'attribute', name, value ?? '');
      break;
    case 'group':
      Object.assign(body, groupFields(operation));
      break;
  }
  return { subtype: row.subtype, body, repeatable: row.repeatable };
}

/** Name of the row that says how an operation is called. */
export function rowOf(operation: Operation): keyof typeof OPERATIONS {
  if (operation.type === 'send') return operation.channel;
  if (operation.type === 'profile') return 'profile';
  return operation.action === 'add' && operation.optIn === 'double' ? 'group_double_opt_in' : 'group';
}

function messageFields(operation: Extract<Operation, { type: 'send' }>): Record<string, string> {
  const transaction: Record<string, string> =
    operation.transactionId === null ? {} : { externalTransactionFormula: operation.transactionId };
  if (operation.channel !== 'push') return { messageId: operation.message.id, ...transaction };
  if (operation.app === undefined) {
    throw new MappError(
      'invalid',
      `push message "${operation.message.name}" has no app; Mapp needs the id of a mobile app`,
    );
  }
  return { pushMessageId: operation.message.id, mobileAppId: operation.app.id, ...transaction };
}

/**
 * Leaving a group is `delete` with `group`, which leaves the contact and its consent alone; `unsubscribe` would record an
 * objection. Mapp's pages only say "remove a user" of the two together: that the group is left, and the contact stays, is
 * this project's assumption. `delete` without a group deletes the contact: never sent from here.
 */
function groupFields(operation: Extract<Operation, { type: 'group' }>): Record<string, string> {
  const group = operation.group.id;
  if (group === '') throw new MappError('invalid', `group "${operation.group.name}" has no id`);
  if (operation.action === 'remove') return { group, delete: 'true' };
  switch (operation.optIn) {
    case 'single':
      return { group };
    case 'double':
      return { group, doubleOptIn: 'true' };
    case 'confirmed':
      throw new MappError(
        'invalid',
        `group "${operation.group.name}": Mapp Connect has no confirmed opt-in (it can do "single" and "double")`,
      );
  }
}

function put(body: Record<string, string>, what: 'parameter' | 'attribute', name: string, value: Json): void {
  for (const [field, text] of fieldsOf(name, value)) {
    if (RESERVED.has(field)) {
      throw new MappError(
        'invalid',
        `${what} "${field}" has the name of a field that Mapp gives a meaning of its own; name it otherwise`,
      );
    }
    if (Object.hasOwn(body, field) && body[field] !== text) {
      throw new MappError('invalid', `${what} "${field}" is given twice in one call, with different values`);
    }
    body[field] = text;
  }
}

/** A mobile number as Mapp wants it: `+` and digits. A number without a country code is left to Mapp. */
function dialable(mobile: string): string {
  return mobile.replace(/[\s()./-]/g, '').replace(/^00/, '+');
}
