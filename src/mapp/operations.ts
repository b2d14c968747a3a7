/** What each operation of a run is as an event of Mapp Connect (docs.mapp.com "API endpoints", "User identifiers"). */
import type { Operation, Webhook } from '../plan/effect.ts';
import type { IdentifierKind } from '../plan/event.ts';
import type { Subtype } from '../plan/subtypes.ts';

/** What is done by a call to Mapp Connect. */
export type MappOperation = Exclude<Operation, Webhook>;

export interface Row {
  /** `subtype` of the call by its default name; `mapp.subtypes` of mapp.yaml may say how the integration spells it */
  readonly subtype: Subtype;
  /**
   * Identifiers that can name the contact, best first, and the field each goes in; exactly one is sent. Empty: the event
   * is about no contact.
   */
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

/** Ecommerce and automation: as `user`, but an external identifier finds nobody there. */
const PERSON: Omit<Row, 'subtype'> = {
  address: [
    ['mapp_id', 'userID'],
    ['email', 'email'],
    ['mobile', 'mobileNumber'],
  ],
  // an upsert by orderId or sku
  repeatable: true,
  batchable: true,
};

/** Messages to an app or a browser. */
const TO_APP: Omit<Row, 'subtype'> = {
  address: [
    ['email', 'email'],
    ['mobile', 'mobileNumber'],
    ['mapp_id', 'userID'],
  ],
  repeatable: false,
  batchable: true,
};

const NOBODY: Omit<Row, 'subtype'> = { address: [], repeatable: true, batchable: true };

/**
 * One row per operation; sends by channel, records by kind. Mapp would look the address up by an identifier of another channel, but to an
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
  push: { subtype: 'push', ...TO_APP },
  /** as `push`: its fields are printed nowhere */
  webpush: { subtype: 'webpush', ...TO_APP },
  /** `group` and `messageId` without a contact: to everybody in the group */
  group_send: { ...NOBODY, subtype: 'email', repeatable: false },
  profile: USER,
  /** what is written is an absolute value */
  count: USER,
  group: USER,
  /** a second call may send a second invitation */
  group_double_opt_in: { ...USER, repeatable: false },
  /** not by an external identifier, which several contacts may share: all of them would go */
  delete_contact: { ...PERSON, subtype: 'user' },
  transaction: { ...PERSON, subtype: 'transaction' },
  /** with `messageId` the call sends that message too */
  transaction_with_message: { ...PERSON, subtype: 'transaction', repeatable: false },
  product: { ...NOBODY, subtype: 'product' },
  abandoned_cart: { ...PERSON, subtype: 'abandonedcart' },
  abandoned_browse: { ...PERSON, subtype: 'abandonedbrowse' },
  wishlist: { ...PERSON, subtype: 'wishlist' },
  recommended_product: { ...PERSON, subtype: 'recommendedproduct' },
  /** a second call may store the code twice */
  coupon: { ...NOBODY, subtype: 'coupon', repeatable: false },
  /** `update` and `delete` name the rows they are about */
  related_data: { ...NOBODY, subtype: 'relateddata' },
  /** a second call adds a second row */
  related_data_add: { ...NOBODY, subtype: 'relateddata', repeatable: false },
  /** a second call enters the Whiteboard twice */
  automation: { ...PERSON, subtype: 'automation', repeatable: false },
} as const satisfies { readonly [operation: string]: Row };

/** Name of the row that says how an operation is called. */
export function rowOf(operation: MappOperation): keyof typeof OPERATIONS {
  switch (operation.type) {
    case 'send':
      return operation.web ? 'webpush' : operation.channel;
    case 'group':
      return operation.action === 'add' && operation.optIn === 'double' ? 'group_double_opt_in' : 'group';
    case 'record': {
      const { record, action, fields, mode } = operation;
      if (action === 'remove') return record;
      if (record === 'transaction' && (fields.messageId ?? null) !== null) return 'transaction_with_message';
      return record === 'related_data' && mode !== 'update' ? 'related_data_add' : record;
    }
    default:
      return operation.type;
  }
}
