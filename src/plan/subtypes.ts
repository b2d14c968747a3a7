/** Subtypes of Mapp Connect's events: what `?subtype=` names, and with it a mapping of the integration. */

/** In the spelling of Mapp's own clients; `abandonedbrowse` and `relateddata` are printed nowhere and follow `abandonedcart`. */
export const SUBTYPES = [
  'user',
  'email',
  'sms',
  'push',
  'webpush',
  'transaction',
  'product',
  'abandonedcart',
  'abandonedbrowse',
  'wishlist',
  'recommendedproduct',
  'coupon',
  'relateddata',
  'automation',
] as const;
export type Subtype = (typeof SUBTYPES)[number];

/** How the integration of this account spells some of them. */
export type Spellings = { readonly [S in Subtype]?: string };
