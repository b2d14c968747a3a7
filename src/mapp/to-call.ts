import { KEY_FIELD, travelingKey } from '../plan/delivery-key.ts';
import type { Contact } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import type { Named } from '../plan/plan.ts';
import { checkSize, checkText } from './carried.ts';
import { MappError } from './errors.ts';
import { type MappOperation, OPERATIONS, type Row, rowOf } from './operations.ts';
import { put } from './put.ts';
import { recordFields } from './record-fields.ts';

export type Call =
  | { readonly subtype: string; readonly body: JsonObject; readonly repeatable: boolean }
  | { readonly skip: 'no_address' };

/** The ledger's key of a message, in the form and the field in which it travels (`plan/delivery-key.ts`). */
export interface Stamp {
  readonly field: string;
  readonly key: string;
}

/**
 * The event that carries out an operation for a contact. Every value is a text. Throws a `MappError` of kind `invalid`
 * (nothing was sent) where Mapp has no way to do what the operation asks.
 *
 * @param stamp what messages carry besides, for their feedback to be known by
 */
export function toCall(operation: MappOperation, address: Contact, stamp: Stamp | null = null): Call {
  const row: Row = OPERATIONS[rowOf(operation)];
  const found = row.address.find(([kind]) => (address[kind] ?? '').trim() !== '');
  if (found === undefined && row.address.length > 0) return { skip: 'no_address' };
  const body: Body = found === undefined ? {} : addressField(found, address);
  fill(body, operation);
  if (stamp !== null && operation.type === 'send') putStamp(body, operation, stamp);
  checkSize(body);
  return { subtype: row.subtype, body, repeatable: row.repeatable };
}

type Body = Record<string, Json>;

function addressField([kind, field]: Row['address'][number], address: Contact): Body {
  const identifier = address[kind]!.trim();
  return { [field]: kind === 'mobile' ? dialable(identifier) : identifier };
}

function fill(body: Body, operation: MappOperation): void {
  switch (operation.type) {
    case 'send':
      Object.assign(body, messageFields(operation));
      for (const [name, value] of Object.entries(operation.parameters)) put(body, 'parameter', name, value);
      putAttributes(body, operation.set);
      return;
    case 'group_send':
      Object.assign(body, { group: groupId(operation.group), messageId: operation.message.id });
      return;
    case 'profile':
      putAttributes(body, operation.set, operation.group);
      return;
    case 'count':
      if (operation.set === undefined) throw new Error('a count without the values that the ledger computes');
      putAttributes(body, operation.set, operation.group);
      return;
    case 'group':
      Object.assign(body, groupFields(operation));
      return;
    case 'delete_contact':
      body.delete = 'true';
      return;
    case 'record':
      recordFields(body, operation);
      return;
    case 'automation':
      body[EVENT_NAME] = operation.event;
      for (const [name, value] of Object.entries(operation.fields)) put(body, 'field', name, value);
      return;
  }
}

/** The field with the external event's name (docs.mapp.com "Automation"); its mapping in Shopware calls it externalEvent. */
const EVENT_NAME = 'external_event';

function messageFields(operation: Extract<MappOperation, { type: 'send' }>): Record<string, string> {
  if (operation.transactionId !== null) checkText('field', 'transaction_id', operation.transactionId);
  const transaction: Record<string, string> =
    operation.transactionId === null ? {} : { externalTransactionFormula: operation.transactionId };
  if (operation.channel !== 'push') return { messageId: operation.message.id, ...transaction };
  if (operation.web) return { pushMessageId: operation.message.id, ...transaction };
  if (operation.app === undefined) {
    throw new MappError(
      'invalid',
      `push message "${operation.message.name}" has no app; Mapp needs the id of a mobile app`,
    );
  }
  return { pushMessageId: operation.message.id, mobileAppId: operation.app.id, ...transaction };
}

/**
 * Leaving a group is `delete` with `group`, which leaves the contact and its consent alone; `unsubscribe` records an
 * objection. Mapp's pages only say "remove a user" of the two together: that the group is left, and the contact stays, is
 * this project's assumption. `delete` without a group deletes the contact. `subscribe` stands for Mapp's confirmed opt-in
 * (a welcome message, nothing to confirm): of Connect's flags it is the one left, and none is documented.
 */
function groupFields(operation: Extract<MappOperation, { type: 'group' }>): Record<string, string> {
  const group = groupId(operation.group);
  if (operation.action === 'remove')
    return operation.unsubscribe ? { group, unsubscribe: 'true' } : { group, delete: 'true' };
  switch (operation.optIn) {
    case 'single':
      return { group };
    case 'confirmed':
      return { group, subscribe: 'true' };
    case 'double':
      return { group, doubleOptIn: 'true' };
  }
}

/** A transaction id of the step's own stays: feedback is matched by it then. */
function putStamp(body: Body, { transactionId }: Extract<MappOperation, { type: 'send' }>, stamp: Stamp): void {
  if (stamp.field === KEY_FIELD && transactionId !== null) return;
  put(body, 'field', stamp.field, travelingKey(stamp.key), [stamp.field]);
}

function groupId({ name, id }: Named): string {
  if (id === '') throw new MappError('invalid', `group "${name}" has no id`);
  return id;
}

/**
 * Null clears. A member attribute is named `group id:name`, as Mapp's own mapping files write it; the field `group` is left
 * out, as it would make the contact a member.
 */
function putAttributes(body: Body, set: JsonObject, group?: Named): void {
  const prefix = group === undefined ? '' : `${groupId(group)}:`;
  for (const [name, value] of Object.entries(set)) put(body, 'attribute', prefix + name, value ?? '');
}

/** A mobile number as Mapp wants it: `+` and digits. A number without a country code is left to Mapp. */
function dialable(mobile: string): string {
  return mobile.replace(/[\s()./-]/g, '').replace(/^00/, '+');
}
