/** Fields that the three forms of Mapp's feedback have in common, under the names that each has for them. */
import { deliveryKeyOf } from '../../plan/delivery-key.ts';
import type { Contact, IdentifierKind } from '../../plan/event.ts';
import type { SendReference } from '../../plan/feedback.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { readIdentifier } from '../contact.ts';
import { firstText } from './values.ts';

/** As Connect's events, Engage's answers and configured queues call them; compared without case and `_`. */
const IDENTIFIERS: { readonly [K in IdentifierKind]: readonly string[] } = {
  mapp_id: ['mappid', 'userid', 'contactid', 'recipientid', 'user.id'],
  email: ['email', 'useremail', 'emailaddress', 'user.email'],
  mobile: ['mobile', 'mobilenumber', 'recipientmobilenumber', 'user.mobilenumber'],
  external_id: ['externalid', 'identifier', 'user.identifier'],
};
const MESSAGE_ID = ['messageid', 'pushmessageid', 'sendoutid', 'message.id', 'pushclick.messageid'];
const TRANSACTION = ['externaltransactionformula', 'externaltransactionid', 'externaltransactionid.externalid'];

/** A field by any of its names, which are in lower case and without `_`. */
export function fieldOf(item: JsonObject, names: readonly string[]): string | undefined {
  const found = Object.entries(item).filter(([name]) => names.includes(plain(name)));
  return firstText(...names.flatMap((name) => found.filter(([own]) => plain(own) === name).map(([, value]) => value)));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

/** Whom the item is about; what cannot be an identifier is left out. */
export function contactOf(item: JsonObject): Contact {
  const contact: { -readonly [K in keyof Contact]: string } = {};
  for (const [kind, names] of Object.entries(IDENTIFIERS) as [IdentifierKind, readonly string[]][]) {
    const { value } = readIdentifier(kind, fieldOf(item, names));
    if (value !== undefined) contact[kind] = value;
  }
  return contact;
}

/** Which send it is about. The key is looked for in every field: which one carries it is configured in `mapp.yaml`. */
export function sendOf(item: JsonObject): SendReference {
  const key = Object.values(item)
    .map(keyIn)
    .find((one) => one !== null);
  const transaction = fieldOf(item, TRANSACTION);
  const messageId = fieldOf(item, MESSAGE_ID);
  return {
    ...(key !== undefined && key !== null && { key }),
    ...(key === undefined && transaction !== undefined && { transaction }),
    ...(messageId !== undefined && { messageId }),
  };
}

function keyIn(value: Json): string | null {
  return typeof value === 'string' ? deliveryKeyOf(value) : null;
}
