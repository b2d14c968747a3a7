import type { IdentifierKind } from './event.ts';

/** Fields of a Lytics profile that name the contact, in the order of choice. Which there are is the customer's schema. */
export const LYTICS_FIELDS: { readonly [K in IdentifierKind]: readonly string[] } = {
  mapp_id: ['mapp_id'],
  email: ['email'],
  mobile: ['mobile', 'mobile_number', 'phone', 'cell'],
  external_id: ['external_id', 'customer_id', 'user_id', 'userid'],
};
