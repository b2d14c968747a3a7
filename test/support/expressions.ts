/** One environment and scope for the tests of compiler/expressions. */

import { type ExpressionEnv, OPEN_ENV, stepFields } from '../../src/compiler/expressions/environment.ts';
import { eventFields } from '../../src/compiler/expressions/types.ts';
import type { Scope } from '../../src/plan/evaluate.ts';
import type { EventShapes } from '../../src/plan/event.ts';

const SHAPES: EventShapes = {
  order: {
    country: { type: 'string', optional: false },
    coupon: { type: 'string', optional: true },
    total: { type: 'double', optional: false },
    count: { type: 'int', optional: false },
    first: { type: 'bool', optional: false },
    tags: { type: { list: 'string' }, optional: false },
    items: {
      type: {
        list: { fields: { sku: { type: 'string', optional: false }, price: { type: 'double', optional: false } } },
      },
      optional: false,
    },
    placed: { type: 'timestamp', optional: false },
    day: { type: 'date', optional: true },
    extra: { type: 'any', optional: true },
    'first-name': { type: 'string', optional: false },
  },
};

export const ENV: ExpressionEnv = {
  ...OPEN_ENV,
  event: eventFields(SHAPES, ['order']),
  contact: { Purchases: 'int', Hobbies: 'string', Vip: 'bool', 'First name': 'string' },
  groups: { customers: '10144' },
  events: ['order', 'visit'],
  flows: ['welcome'],
  steps: {
    nudge: { passed: true, fields: stepFields() },
    later: { passed: false, fields: stepFields() },
  },
  timezone: 'Europe/Berlin',
};

export const SCOPE: Scope = {
  event: {
    country: 'DE',
    coupon: 'SPRING',
    total: 20.5,
    count: 3,
    first: true,
    tags: ['a', 'b'],
    items: [
      { sku: 'x1', price: 10 },
      { sku: 'x2', price: 2.5 },
    ],
    placed: '2026-03-27T10:00:00.000Z',
    day: '2026-03-27',
    extra: null,
    'first-name': 'Ada',
  },
  incoming: {},
  trigger: { name: 'order', id: 'e1', time: '2026-03-27T10:00:00.000Z', source: 'api' },
  contact: { email: 'ada@example.com', Purchases: 2, Hobbies: 'chess', Vip: false },
  vars: {},
  steps: { nudge: { outcome: 'sent', at: '2026-03-27T10:00:00.000Z' } },
  run: { id: 'r1', flow: 'f', version: 'v', entered_at: '2026-03-27T10:00:00.000Z' },
  now: '2026-03-30T10:00:00.000Z',
  timezone: 'Europe/Berlin',
  groups: { '10144': true },
};
