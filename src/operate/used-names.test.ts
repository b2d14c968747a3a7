import { expect, test } from 'vitest';
import type { Plan } from '../plan/plan.ts';
import { PLAN } from './testing/seed.ts';
import { usedNames } from './used-names.ts';

const SEND = { with: {}, set: {}, transaction_id: null, priority: 'normal' } as const;

test('every message, app and group that flows refer to, once, with its flows', () => {
  const welcome: Plan = {
    ...PLAN,
    exit_on: [{ event: 'left', where: null, match: [], reason: 'left', reads: { contact: [], groups: ['7'] } }],
    groups: { vip: '8' },
    steps: {
      a: { ...SEND, kind: 'send_email', id: 'a', next: 'b', message: { name: 'hello', id: '1' } },
      b: {
        ...SEND,
        kind: 'send_push',
        id: 'b',
        next: 'c',
        message: { name: 'ping', id: '1' },
        app: { name: 'shop', id: '5' },
      },
      c: { kind: 'add_to_group', id: 'c', next: null, groups: [{ name: 'customers', id: '9' }], opt_in: 'single' },
    },
  };
  const other: Plan = {
    ...PLAN,
    flow: 'other',
    steps: {
      a: { ...SEND, kind: 'send_email', id: 'a', next: null, message: { name: 'hello', id: '1' } },
      s: { ...SEND, kind: 'send_sms', id: 's', next: null, message: { name: 'code', id: '3' }, via: 'engage' },
      g: {
        kind: 'send_to_group',
        id: 'g',
        next: null,
        message: { name: 'hello', id: '1' },
        group: { name: 'known', id: '7' },
      },
      u: { kind: 'unset', id: 'u', next: null, attributes: ['Tier'], group: { name: 'club', id: '6' } },
      b: { kind: 'remove_from_group', id: 'b', next: null, groups: [{ name: 'known', id: '7' }] },
    },
  };
  expect(usedNames([welcome, other])).toEqual([
    { kind: 'app', name: 'shop', id: '5', flows: ['welcome'] },
    { kind: 'email message', name: 'hello', id: '1', flows: ['other', 'welcome'] },
    { kind: 'group', name: 'club', id: '6', flows: ['other'] },
    { kind: 'group', name: 'customers', id: '9', flows: ['welcome'] },
    { kind: 'group', name: 'known', id: '7', flows: ['other', 'welcome'] },
    { kind: 'group', name: 'vip', id: '8', flows: ['welcome'] },
    { kind: 'push message', name: 'ping', id: '1', flows: ['welcome'] },
    { kind: 'sms message', name: 'code', id: '3', via: 'engage', flows: ['other'] },
  ]);
});
