/** Slips in what a flow does: steps, their settings and their order. */
import type { MistakeClass } from './mistake.ts';

const WELCOME = 'flows/welcome.yaml';
const CART = 'flows/abandoned-cart.yaml';
const ORDER = 'flows/post-purchase.yaml';
const REVIEW = 'recipes/post-purchase-review/flows/post-purchase-review.yaml';
const WIN_BACK = 'recipes/win-back/flows/win-back.yaml';
const BIRTHDAY = 'recipes/birthday/flows/birthday.yaml';
const HOT = 'recipes/lead-scoring/flows/hot-lead.yaml';
const SMS = 'recipes/sms-keyword/flows/sms-keyword.yaml';

export const IN_STEPS: readonly MistakeClass[] = [
  {
    name: 'messages: channel and parameters',
    mistakes: [
      { file: ORDER, from: 'send_sms: delivery_sms', to: 'send_email: delivery_sms', code: 'wrong-channel' },
      { file: WELCOME, from: 'send_email: welcome_gold', to: 'send_push: welcome_gold', code: 'wrong-channel' },
      {
        file: CART,
        from: '{ recover_url: "${event.recover_url}", coupon:',
        to: '{ coupon:',
        code: 'missing-parameter',
        on: 'send_email: cart_coupon',
      },
      { file: ORDER, from: 'with: { stars:', to: 'with: { star:', code: 'unknown-parameter' },
      {
        file: REVIEW,
        from: 'with: { stars: "${vars.stars}" }',
        to: 'priority: transactional',
        code: 'missing-parameter',
        on: 'send_email: review_thanks',
      },
    ],
  },
  {
    name: 'keys of steps',
    mistakes: [
      { file: WELCOME, from: 'send_email: welcome_gold', to: 'send_mail: welcome_gold', code: 'unknown-step-kind' },
      {
        file: WELCOME,
        from: '    id: settle_in',
        to: '    id: settle_in\n§    add_to_group: customers',
        code: 'several-step-kinds',
      },
      { file: WELCOME, from: '    id: settle_in', to: '    timeout: 1 day', code: 'unknown-key' },
      { file: ORDER, from: '    id: review\n', to: '    id: review\n§    timeout: 1 week\n', code: 'unknown-key' },
      { file: HOT, from: 'auth: { bearer: CRM_TOKEN }', to: 'auth: { barer: CRM_TOKEN }', code: 'unknown-key' },
      { file: BIRTHDAY, from: '    id: over', to: '    weekday: mon', code: 'unknown-key' },
      {
        file: WIN_BACK,
        from: 'wait: { for: 90 days, at',
        to: 'wait: { for: 90 days, until: now, at',
        code: 'conflicting-keys',
      },
      { file: WELCOME, from: 'else:\n          - exit', to: 'otherwise:\n          - exit', code: 'unknown-key' },
    ],
  },
  {
    name: 'keys of flows',
    mistakes: [
      { file: WELCOME, from: 'reentry: once', to: 're_entry: once', code: 'unknown-key' },
      { file: WELCOME, from: 'reentry: once', to: 'reentry: never', code: 'wrong-value' },
      { file: WELCOME, from: 'on: Newsletter Signup', to: 'status: active', code: 'missing-key', on: 'flow: welcome' },
      { file: CART, from: '  match: []', to: '  matches: []', code: 'unknown-key' },
      {
        file: WIN_BACK,
        from: 'quiet_hours: { from: "20:00", to',
        to: 'quiet_hours: { start: "20:00", to',
        code: 'unknown-key',
      },
      {
        file: BIRTHDAY,
        from: 'name: voucher_used, exit: true',
        to: 'name: voucher_used, exits: true',
        code: 'unknown-key',
      },
    ],
  },
  {
    name: 'ids and steps.x',
    mistakes: [
      { file: WELCOME, from: 'id: settle_in', to: 'id: greeting', code: 'duplicate-id' },
      { file: WELCOME, from: 'id: settle_in', to: 'id: settle-in', code: 'wrong-value' },
      { file: WIN_BACK, from: '"${steps.trial.arm}"', to: '"${steps.gone.at}"', code: 'step-not-passed' },
      {
        file: WIN_BACK,
        from: 'steps.trial.arm != "holdout"',
        to: 'steps.trail.arm != "holdout"',
        code: 'unknown-step',
      },
      { file: WIN_BACK, from: '"${steps.trial.arm}"', to: '"${steps.trial.arms}"', code: 'unknown-field' },
      {
        file: REVIEW,
        from: 'increment: { Reviews: 1 }',
        to: 'check: steps.reminder.opened\n    then: [{ increment: { Reviews: 1 } }]',
        code: 'step-not-passed',
      },
      {
        file: REVIEW,
        from: 'increment: { Reviews: 1 }',
        to: 'set: { FirstName: "${steps.reminder.outcome}" }',
        code: 'step-not-passed',
      },
    ],
  },
  {
    name: 'paths',
    mistakes: [
      {
        file: ORDER,
        from: '  - add_to_group: customers',
        to: '  - exit: done\n§  - add_to_group: customers',
        code: 'dead-step',
      },
      {
        file: WELCOME,
        from: '          - add_to_group: customers\n        else:',
        to: '          - exit: bought\n          - add_to_group: customers\n        else:',
        code: 'dead-step',
        on: 'add_to_group: customers',
      },
      {
        file: WELCOME,
        from: '        timeout: 1 week\n        then:\n          - add_to_group: customers\n        else:\n          - exit: not_yet_a_customer',
        to: '        then:\n          - add_to_group: customers',
        code: 'missing-timeout',
        warning: true,
        on: 'wait_for: purchase',
      },
      {
        file: WIN_BACK,
        from: 'wait: 30 days\n    id: gone',
        to: 'repeat: 3\n    id: gone\n    steps: [{ remove_from_group: lapsed }]',
        code: 'loop-without-wait',
        warning: true,
      },
      { file: SMS, from: 'repeat: 3', to: 'repeat: 300', code: 'wrong-value' },
      { file: SMS, from: 'repeat: 3', to: 'repeat: 0', code: 'wrong-value' },
    ],
  },
  {
    name: 'branches',
    mistakes: [
      { file: WIN_BACK, from: 'percent: 10', to: 'percent: 20', code: 'split-sum', on: 'arms:' },
      { file: WIN_BACK, from: 'holdout: { percent: 10 }', to: 'holdout: { percent: -10 }', code: 'wrong-value' },
      { file: WIN_BACK, from: 'holdout: { percent: 10 }', to: 'holdout: {}', code: 'missing-key' },
      { file: CART, from: '"silver, bronze":', to: '"silver, gold":', code: 'duplicate-case' },
      { file: CART, from: '    cases:\n      gold:', to: '    when:\n      gold:', code: 'unknown-key' },
      { file: ORDER, from: '    timeout: 2 weeks', to: '    time_out: 2 weeks', code: 'unknown-key' },
      { file: WIN_BACK, from: '    arms:', to: '    paths:', code: 'unknown-key' },
      { file: CART, from: '    default:', to: '    else:', code: 'unknown-key' },
    ],
  },
  {
    name: 'events: match, where, incoming',
    mistakes: [
      { file: ORDER, from: 'match: [order_id]', to: 'match: [order]', code: 'unknown-field' },
      { file: ORDER, from: 'match: [order_id]', to: 'match: [stars]', code: 'unknown-field' },
      {
        file: CART,
        from: '  match: [] # whatever they bought: nobody who has just bought wants a reminder\n',
        to: '',
        code: 'unmatched-event',
        warning: true,
        on: 'event: purchase',
      },
      { file: CART, from: '  match: []', to: '  where: incoming.totl > 0', code: 'unknown-field' },
      {
        file: REVIEW,
        from: 'with: { stars: "${vars.stars}" }',
        to: 'with: { stars: "${incoming.stars}" }',
        code: 'unknown-name',
      },
      {
        file: CART,
        from: '"${event.recover_url}", coupon',
        to: '"${incoming.recover_url}", coupon',
        code: 'unknown-name',
      },
      { file: CART, from: 'event: purchase', to: 'event: manual', code: 'conflicting-keys' },
      { file: CART, from: '  where: event.cart_value >= 50', to: '  match: [cart_id]', code: 'conflicting-keys' },
    ],
  },
  {
    name: 'events that never come',
    mistakes: [
      { file: CART, from: 'event: purchase', to: 'event: cart_bought', code: 'unknown-event' },
      { file: CART, from: '  match: []', to: '  where: false', code: 'never-comes' },
      { file: CART, from: '  match: []', to: '  where: incoming.order_id == "A" && 2 < 1', code: 'never-comes' },
      { file: CART, from: '  event: purchase\n  match: []', to: '  §message_clicked: welcome', code: 'never-comes' },
      {
        file: WELCOME,
        from: 'wait_for: purchase',
        to: 'wait_for: { message_clicked: we_miss_you }',
        code: 'never-comes',
      },
      {
        file: REVIEW,
        from: 'event: order_returned, match: [order_id]',
        to: 'event: order_returned, match: [stars]',
        code: 'unknown-field',
      },
      {
        file: WELCOME,
        from: 'on: Newsletter Signup',
        to: 'exit_on: { event: purchase, where: "1 == 2" }\non: Newsletter Signup',
        code: 'never-comes',
      },
    ],
  },
];
