/** Mapp's ecommerce and data events (docs.mapp.com "API endpoints"): the fields that matter to the engine. */
import type { RecordKind } from './plan.ts';

/** Reserved ones that an author may give all the same. */
export const ALLOWED_FIELDS: { readonly [record: string]: readonly string[] } = { transaction: ['messageId', 'group'] };

/** Fields without which Mapp cannot act: to name the record, and further ones to save it. */
const NEEDED: { readonly [K in RecordKind]: { readonly key: readonly string[]; readonly save: readonly string[] } } = {
  transaction: { key: ['orderId'], save: [] },
  product: { key: ['productSKU'], save: [] },
  abandoned_cart: { key: ['sku'], save: [] },
  abandoned_browse: { key: ['sku'], save: [] },
  wishlist: { key: ['sku'], save: [] },
  recommended_product: { key: ['sku'], save: [] },
  coupon: { key: ['listName', 'value'], save: [] },
  related_data: { key: ['datasetName', 'key'], save: ['attributes'] },
};

export function neededFields(record: RecordKind, action: 'save' | 'remove'): readonly string[] {
  const { key, save } = NEEDED[record];
  return action === 'save' ? [...key, ...save] : key;
}
