import { expect, it } from 'vitest';
import { FieldLog } from './field-log.ts';

const WRONG = { pointer: '/data/total', detail: 'is not a number; it counts as null' };
const MISSING = { pointer: '/data/sku', detail: 'is missing; it counts as null' };
const TOTAL = 'source shop: event "order": /data/total is not a number; it counts as null';
const SKU = 'source shop: event "order": /data/sku is missing; it counts as null';

it('tells of each field at once, then of how many there were, until there are none', () => {
  const said: string[] = [];
  const fields = new FieldLog((message) => void said.push(message));
  for (let times = 0; times < 1_000; times += 1) fields.tell('shop', 'order', [WRONG, ...(times < 2 ? [MISSING] : [])]);
  expect(said.splice(0)).toEqual([TOTAL, SKU]);
  fields.sum();
  expect(said.splice(0)).toEqual([
    `${TOTAL} (999 more times since this was said)`,
    `${SKU} (1 more time since this was said)`,
  ]);
  fields.tell('shop', 'order', [WRONG]);
  fields.sum();
  expect(said.splice(0)).toEqual([`${TOTAL} (1 more time since this was said)`]);
  fields.sum();
  fields.sum();
  fields.tell('shop', 'order', [WRONG]);
  expect(said).toEqual([TOTAL]);
});
