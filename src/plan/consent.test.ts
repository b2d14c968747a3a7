import { describe, expect, test } from 'vitest';
import { consentOf, refusedBy } from './consent.ts';

describe('what events say', () => {
  test.each([
    ['message_unsubscribed', undefined, { sms: 'unsubscribed' }],
    ['message_bounced', undefined, { sms: 'blocked' }],
    ['message_bounced', 'Invalid Address', { sms: 'blocked' }],
    ['message_bounced', 'hard', { sms: 'blocked' }],
    ['message_bounced', ' Transient ', null],
    ['message_bounced', 'communication failure', null],
    ['message_bounced', 'complaint', { sms: 'unsubscribed' }],
    ['message_opened', undefined, null],
    ['message_replied', 'STOP', null],
  ] as const)('%s %s', (name, text, expected) => {
    expect(consentOf({ name, data: text === undefined ? {} : { text } }, 'sms')).toEqual(expected);
  });
});

/** The claim says the same in SQL: `delivery/consent.test.ts` asks it for every row. */
describe('why a message is not sent', () => {
  test.each([
    [{}, 'normal', null],
    [{ unsubscribed: true }, 'normal', 'unsubscribed'],
    [{ unsubscribed: true }, 'transactional', null],
    [{ unsubscribed: false }, 'normal', null],
    [{ blocked: true }, 'normal', 'blocked'],
    [{ blocked: true }, 'transactional', 'blocked'],
    [{ blocked: true, unsubscribed: true }, 'normal', 'blocked'],
    [{ blocked: false, unsubscribed: true }, 'normal', 'unsubscribed'],
  ] as const)('%o %s', (facts, priority, expected) => {
    expect(refusedBy(facts, priority)).toBe(expected);
  });
});
