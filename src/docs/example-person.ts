/** Ada, to whom the examples of the docs happen, and the events that start them. */
import type { JsonObject } from '../plan/json.ts';
import type { CaseContact } from '../plan/test-case.ts';

/** A Friday, two days before summer time begins in Berlin. */
export const EXAMPLE_START = Date.parse('2026-03-27T09:00:00.000Z');

export const EXAMPLE_PERSON: CaseContact = {
  identifiers: { email: 'ada@example.com', mobile: '+491701234567', external_id: 'c-815' },
  timezone: 'Europe/Berlin',
  attributes: { FirstName: 'Ada', Country: 'DE', Birthday: '2026-04-10', Purchases: 0, Tier: 'gold' },
  groups: [],
  history: [],
};

/** Fields of the events of `docs/mapp.yaml`; of any other event, none. */
export const EXAMPLE_EVENTS: { readonly [event: string]: JsonObject } = {
  newsletter_signup: { country: 'DE', coupon: 'SPRING', interest: 'books' },
  checkout_abandoned: { cart_id: 'c-77', total: 80, link: 'https://shop.example.com/cart/c-77' },
  order_placed: { order_id: 'A-1001', total: 59.9, items: [{ sku: 'B-12', price: 59.9 }] },
  review_written: { order_id: 'A-1001', stars: 5 },
  trip_booked: { booking_id: 'T-9', departure: '2026-06-01' },
};
