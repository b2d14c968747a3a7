/** Slips in the wording of a flow: names, values, YAML. */
import type { MistakeClass } from './mistake.ts';

const WELCOME = 'flows/welcome.yaml';
const CART = 'flows/abandoned-cart.yaml';
const ORDER = 'flows/post-purchase.yaml';
const REVIEW = 'recipes/post-purchase-review/flows/post-purchase-review.yaml';
const BIRTHDAY = 'recipes/birthday/flows/birthday.yaml';
const HOT = 'recipes/lead-scoring/flows/hot-lead.yaml';
const SMS = 'recipes/sms-keyword/flows/sms-keyword.yaml';

export const IN_WORDING: readonly MistakeClass[] = [
  {
    name: 'unknown names',
    mistakes: [
      { file: WELCOME, from: 'send_email: first_purchase', to: 'send_email: first_purchas', code: 'unknown-message' },
      { file: WELCOME, from: 'add_to_group: newsletter', to: 'add_to_group: news', code: 'unknown-group' },
      { file: WELCOME, from: 'contact.loyalty_tier', to: 'contact.loyalty', code: 'unknown-attribute' },
      { file: WELCOME, from: 'set: { Interest:', to: 'set: { Interests:', code: 'unknown-attribute' },
      { file: WELCOME, from: 'wait_for: purchase', to: 'wait_for: purchased', code: 'unknown-event' },
      {
        file: WELCOME,
        from: '"${event.interest}" }\n    set',
        to: '"${event.intrest}" }\n    set',
        code: 'unknown-field',
      },
      { file: CART, from: '"${vars.coupon}"', to: '"${vars.cupon}"', code: 'unknown-field' },
      { file: CART, from: '"${event.cart_value}"', to: '"${events.cart_value}"', code: 'unknown-name' },
      {
        file: HOT,
        from: 'on: { group_joined: hot_leads }',
        to: 'on: { group_joined: hot_lead }',
        code: 'unknown-group',
      },
      {
        file: SMS,
        from: 'lower(trim(incoming.text)) in ["yes"',
        to: 'lowercase(trim(incoming.text)) in ["yes"',
        code: 'unknown-function',
      },
      { file: BIRTHDAY, from: 'date: Birthday', to: 'date: Birthdate', code: 'unknown-attribute' },
    ],
  },
  {
    name: 'YAML',
    mistakes: [
      { file: WELCOME, from: '  - add_to_group: newsletter', to: '\t- add_to_group: newsletter', code: 'yaml-tab' },
      { file: WELCOME, from: 'reentry: once', to: 'reentry: once\n§reentry: always', code: 'duplicate-key' },
      {
        file: WELCOME,
        from: 'set: { Interest: "${event.interest}" }',
        to: 'set: { Interest: "${event.interest} }',
        code: 'yaml-syntax',
      },
      { file: WELCOME, from: '    id: settle_in', to: '   id: settle_in', code: 'yaml-syntax' },
      { file: CART, from: 'match: []', to: 'match: [', code: 'yaml-syntax', on: 'reason: bought' },
      { file: WELCOME, from: 'send_email: welcome_gold', to: 'send_email: *gold', code: 'yaml-anchor' },
      { file: WELCOME, from: 'steps:', to: '---\nsteps:', code: 'yaml-documents' },
    ],
  },
  {
    name: 'quoting',
    mistakes: [
      { file: WELCOME, from: '    id: settle_in', to: '    name: "${event.interest}"', code: 'wrong-value' },
      { file: BIRTHDAY, from: 'name: voucher_used', to: 'name: "${event.coupon}"', code: 'wrong-value' },
      {
        file: 'recipes/win-back/flows/win-back.yaml',
        from: 'split: win_back',
        to: 'split: "${event.order_id}"',
        code: 'wrong-value',
      },
      { file: CART, from: 'coupon: "${vars.coupon}" }', to: 'coupon: ${vars.coupon} }', code: 'unquoted-value' },
      {
        file: CART,
        from: 'cart_value: "${event.cart_value}"',
        to: 'cart_value: {{event.cart_value}}',
        code: 'unquoted-value',
      },
      {
        file: SMS,
        from: 'where: contact.mobile != null && !in_group("sms_club")',
        to: 'where: !in_group("sms_club")',
        code: 'unquoted-value',
      },
      {
        file: WELCOME,
        from: 'check: contact.loyalty_tier == "gold"',
        to: 'check: "gold" == contact.loyalty_tier',
        code: 'unquoted-value',
      },
      {
        file: WELCOME,
        from: 'check: contact.loyalty_tier == "gold"',
        to: 'check: contact.loyalty_tier == gold',
        code: 'unknown-name',
      },
      {
        file: WELCOME,
        from: 'first: "${contact.FirstName}", interest',
        to: 'first: "${contact.FirstName", interest',
        code: 'expression-syntax',
      },
      { file: WELCOME, from: 'send_email: welcome_gold', to: 'send_email: "${vars.message}"', code: 'unknown-message' },
    ],
  },
  {
    name: 'types',
    mistakes: [
      { file: CART, from: 'event.cart_value >= 50', to: 'event.cart_value >= "50"', code: 'expression-type' },
      { file: CART, from: 'event.cart_value >= 50', to: 'event.cart_value', code: 'expression-type' },
      {
        file: WELCOME,
        from: 'contact.loyalty_tier == "gold"',
        to: 'contact.loyalty_tier == 3',
        code: 'expression-type',
      },
      {
        file: ORDER,
        from: 'set: { LastOrder: "${event.order_id}" }',
        to: 'set: { LastOrder: [a] }',
        code: 'wrong-attribute-type',
      },
      {
        file: REVIEW,
        from: 'increment: { Reviews: 1 }',
        to: 'increment: { FirstName: 1 }',
        code: 'wrong-attribute-type',
      },
      { file: REVIEW, from: 'increment: { Reviews: 1 }', to: 'increment: { Reviews: one }', code: 'wrong-type' },
      { file: WELCOME, from: 'steps:', to: 'tags: welcome\nsteps:', code: 'wrong-type' },
      { file: HOT, from: 'retry: { attempts: 5', to: 'retry: { attempts: five', code: 'wrong-value' },
      { file: BIRTHDAY, from: 'shift(date(now), "14 days")', to: 'shift(date(now), 14)', code: 'expression-type' },
    ],
  },
  {
    name: 'periods and moments',
    mistakes: [
      { file: WELCOME, from: 'wait: 3 days', to: 'wait: 3 dayz', code: 'wrong-value' },
      { file: WELCOME, from: 'wait: 3 days', to: 'wait: 3', code: 'wrong-value' },
      { file: WELCOME, from: 'timeout: 1 week', to: 'timeout: next week', code: 'wrong-value' },
      { file: ORDER, from: 'at: "09:00"', to: 'at: "9 am"', code: 'wrong-value' },
      { file: ORDER, from: 'weekdays: [mon, tue, wed', to: 'weekdays: [mon, tue, mittwoch', code: 'wrong-value' },
      {
        file: BIRTHDAY,
        from: 'until: vars.ends, offset: -3 days',
        to: 'until: 2026-12-24, offset: -3 days',
        code: 'wrong-value',
      },
      { file: CART, from: 'reentry: 30 days', to: 'reentry: 30 dys', code: 'wrong-value' },
      { file: WELCOME, from: 'reentry: once', to: 'reentry: once\n§timezone: Europe/Berln', code: 'unknown-time-zone' },
    ],
  },
];
