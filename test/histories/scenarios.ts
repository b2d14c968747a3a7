/** What happens to each recorded run. A new kind or a new path of the interpreter gets a scenario, and is recorded once. */
import type { AnyEffect, EffectResult, ReadResult } from '../../src/plan/effect.ts';
import type { JsonObject } from '../../src/plan/json.ts';
import type { NoticeBody } from '../../src/plan/notice.ts';
import type { Plan } from '../../src/plan/plan.ts';

export interface Scenario {
  /** file in `flows/`, without its ending */
  readonly flow: string;
  readonly data?: JsonObject;
  readonly contact?: ReadResult['contact'];
  readonly groups?: ReadResult['groups'];
  /** what further is read */
  readonly read?: Partial<ReadResult>;
  /** sent in this order, each once the run says that it is in this status */
  readonly notices?: readonly { readonly when: string; readonly notice: NoticeBody | ((plan: Plan) => NoticeBody) }[];
  /** answers an attempt; default: accepted. `attempt` counts the attempts of this effect, from 1 */
  readonly deliver?: (effect: AnyEffect, attempt: number) => EffectResult;
  readonly speed?: number;
}

const event = (name: string, data: JsonObject = {}): NoticeBody => ({
  kind: 'event',
  event: { name, id: `${name}-1`, time: '2026-03-27T09:00:00.000Z', source: 'api', data },
});

const DAY_SECOND = 86_400;

/** `count("order", ago("30 days"))`, as a read's answer names it */
const ORDERS = '["count","order",["call","ago","30 days"]]';

export const SCENARIOS: { readonly [name: string]: Scenario } = {
  sends: { flow: 'sends', data: { coupon: 'SPRING' } },
  'sends-skipped': {
    flow: 'sends',
    data: { coupon: 'none' },
    deliver: (effect) =>
      effect.kind === 'send_sms' ? { outcome: 'skipped', reason: 'no_address' } : { outcome: 'accepted' },
  },
  'sends-deferred': {
    flow: 'sends',
    deliver: (_effect, attempt) =>
      attempt === 1 ? { outcome: 'deferred', reason: 'Mapp is away' } : { outcome: 'accepted' },
  },
  'sends-unknown-resend': {
    flow: 'sends',
    deliver: ({ generation, step }) =>
      generation === 1 && step === 'send_sms_1'
        ? { outcome: 'unknown', reason: 'connection lost' }
        : { outcome: 'accepted' },
    notices: [{ when: 'parked', notice: { kind: 'resolve', step: 'send_sms_1', as: 'resend' } }],
  },
  'sends-rejected-skip': {
    flow: 'sends',
    deliver: ({ step }) => (step === 'send_email_1' ? { outcome: 'rejected', reason: '400' } : { outcome: 'accepted' }),
    notices: [{ when: 'parked', notice: { kind: 'resolve', step: 'send_email_1', as: 'skip' } }],
  },
  waits: {
    flow: 'waits',
    data: { seconds: 60, due: '2031-05-01' },
    contact: { timezone: 'America/New_York' },
    speed: DAY_SECOND * 1000,
  },
  'waits-passed': {
    flow: 'waits',
    data: { seconds: 0, due: '2020-05-01' },
    contact: { timezone: 'Nowhere/Land' },
    speed: DAY_SECOND,
  },
  'waits-without-period': {
    flow: 'waits',
    data: { due: '2020-05-01' },
    notices: [{ when: 'parked', notice: { kind: 'resolve', step: 'wait_1', as: 'skip' } }],
    speed: DAY_SECOND,
  },
  'wait-for-event': {
    flow: 'wait-for',
    data: { cart: 'a' },
    notices: [
      { when: 'waiting', notice: event('order', { cart: 'b', total: 1 }) },
      { when: 'waiting', notice: event('order', { cart: 'a', total: 2 }) },
    ],
  },
  'wait-for-read': {
    flow: 'wait-for',
    contact: { Tier: 'gold' },
    notices: [{ when: 'waiting', notice: event('call') }],
  },
  'wait-for-timeout': { flow: 'wait-for', speed: DAY_SECOND },
  'wait-for-past': {
    flow: 'lookback',
    read: { past: [{ name: 'order', id: 'past-1', time: '2999-01-01T00:00:00.000Z', source: 'api', data: {} }] },
    speed: DAY_SECOND,
  },
  'branches-yes': { flow: 'branches', contact: { Visits: 4 }, groups: { '10': true } },
  'branches-no': { flow: 'branches', contact: { Visits: null } },
  acting: {
    flow: 'acting',
    deliver: ({ step, generation }): EffectResult => {
      if (step === 'hook') return { outcome: 'accepted', answer: { status: 200, body: { tier: 'gold' } } };
      if (step === 'send_email_1' && generation < 3)
        return { outcome: 'unknown', reason: 'connection lost', resolution: 'resend' };
      if (step === 'increment_1') return { outcome: 'accepted', answer: { Visits: 5 } };
      return { outcome: 'accepted' };
    },
    speed: DAY_SECOND,
  },
  'acting-failing': {
    flow: 'acting',
    deliver: ({ step, decides }) =>
      step === 'hook' || step === 'save_1'
        ? { outcome: 'rejected', reason: 'it answered 500', ...(decides?.rejected && { resolution: decides.rejected }) }
        : { outcome: 'accepted' },
    speed: DAY_SECOND,
  },
  profile: { flow: 'profile', data: { tier: 'gold', leave: ['readers'] } },
  'exits-event': {
    flow: 'exits',
    data: { cart: 'a' },
    notices: [
      { when: 'waiting', notice: event('bought', { cart: 'b' }) },
      { when: 'waiting', notice: event('bought', { cart: 'a' }) },
    ],
  },
  'exits-read': {
    flow: 'exits',
    contact: { Tier: 'gold' },
    notices: [{ when: 'waiting', notice: event('complained') }],
  },
  'exits-stopped': { flow: 'exits', notices: [{ when: 'waiting', notice: { kind: 'exit', reason: 'stopped' } }] },
  // All begin long after their event; this one has still to see what the store says it was told.
  'begins-late': {
    flow: 'exits',
    data: { cart: 'a' },
    read: { caughtUp: 1 },
    notices: [{ when: 'running', notice: event('bought', { cart: 'a' }) }],
  },
  'exits-paused': {
    flow: 'exits',
    notices: [
      { when: 'waiting', notice: { kind: 'pause' } },
      { when: 'paused', notice: { kind: 'resume' } },
      { when: 'waiting', notice: { kind: 'exit', reason: 'enough' } },
    ],
  },
  'control-approved': {
    flow: 'control',
    data: { friend: 'ben@example.com' },
    contact: { timezone: 'Asia/Tokyo' },
    read: { identity: 'ada@example.com', reactions: [], counts: { [ORDERS]: 2 } },
    notices: [
      { when: 'waiting', notice: event('order', { cart: 'a' }) },
      { when: 'held', notice: { kind: 'decide', step: 'other', as: 'rejected' } },
      { when: 'held', notice: { kind: 'decide', step: 'ask', as: 'approved' } },
    ],
  },
  'control-timed-out': {
    flow: 'control',
    contact: { timezone: 'Asia/Tokyo' },
    // an hour each, so that one of them lies ahead whenever this is recorded
    read: { identity: 'ben@example.com', reactions: [29_576_400, 29_577_120], counts: { [ORDERS]: 0 } },
    speed: DAY_SECOND * 100,
  },
  'control-over': {
    flow: 'control',
    read: { identity: 'cleo@example.com', counts: { [ORDERS]: 6 } },
    notices: [{ when: 'held', notice: { kind: 'decide', step: 'ask', as: 'rejected' } }],
  },
  'sends-look': {
    flow: 'sends',
    deliver: ({ step }, attempt) =>
      step === 'send_email_1' && attempt === 1 ? { outcome: 'look', n: 1 } : { outcome: 'accepted' },
    notices: [{ when: 'running', notice: event('order') }],
  },
  'quiet-held-goal-migrated': {
    flow: 'quiet',
    deliver: ({ step }, attempt) =>
      step === 'send_email_1' && attempt === 1
        ? { outcome: 'hold', until: Date.now() + 1_000, why: 'quiet' }
        : { outcome: 'accepted' },
    notices: [
      { when: 'waiting', notice: { ...event('order'), goals: ['sale'] } as NoticeBody },
      {
        when: 'waiting',
        notice: (plan) => ({ kind: 'migrate', hash: 'newer', plan: { ...plan, hash: 'newer' } }),
      },
      { when: 'waiting', notice: { kind: 'exit', reason: 'enough' } },
    ],
  },
  'continued-as-new': {
    flow: 'wait-for',
    data: { cart: 'a' },
    notices: [
      ...Array.from({ length: 20 }, (_, i) => ({ when: 'waiting', notice: event('order', { cart: `x${i}` }) })),
      { when: 'waiting', notice: event('order', { cart: 'a', total: 3 }) },
    ],
  },
};
