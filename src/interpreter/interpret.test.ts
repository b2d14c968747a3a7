import { describe, expect, it } from 'vitest';
import type { AnyEffect, EffectResult, ReadResult } from '../plan/effect.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Notice, RunInput, RunResult } from '../plan/notice.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { StillWaiting } from '../simulation/virtual-time.ts';
import { VirtualWorld } from '../simulation/virtual-world.ts';
import { FlowHost } from './flow-host.ts';
import { freshState, interpret } from './interpret.ts';
import { Renewal } from './world.ts';

const START = Date.parse('2026-03-27T09:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const email = (id: string, next: string | null, extra: Partial<PlanStep> = {}): PlanStep =>
  ({
    kind: 'send_email',
    id,
    message: { name: id, id: '1' },
    with: {},
    set: {},
    transaction_id: null,
    priority: 'normal',
    next,
    ...extra,
  }) as PlanStep;

const wait = (id: string, next: string | null, spec: object): PlanStep =>
  ({ kind: 'wait', id, spec, next }) as PlanStep;
const days = (n: number) => ({ for: { months: 0, days: n, ms: 0 } });

function planOf(steps: PlanStep[], extra: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    flow: 'test',
    hash: '0',
    description: null,
    status: 'active',
    timezone: 'Europe/Berlin',
    project_timezone: 'Europe/Berlin',
    on: [],
    key: null,
    reentry: { mode: 'after_exit' },
    exit_on: [],
    max_event_age: DAY,
    listens: [],
    first: steps[0]?.id ?? null,
    steps: Object.fromEntries(steps.map((step) => [step.id, step])),
    groups: {},
    ...extra,
  };
}

interface Options {
  readonly data?: JsonObject;
  readonly events?: readonly { readonly at: number; readonly name: string; readonly data?: JsonObject }[];
  readonly notices?: readonly { readonly at: number; readonly notice: Omit<Notice, 'n'> }[];
  readonly contact?: ReadResult['contact'];
  readonly deliver?: (effect: AnyEffect) => EffectResult;
  readonly speed?: number;
  readonly renewAfter?: number;
}

const event = (name: string, at: number, data: JsonObject = {}): FlowEvent => ({
  name,
  id: `${name}-${at}`,
  time: new Date(START + at).toISOString(),
  source: 'api',
  data,
});

async function run(
  plan: Plan,
  options: Options = {},
): Promise<{ result: RunResult; lines: string[]; sent: string[]; world: VirtualWorld }> {
  const sent: string[] = [];
  const world = new VirtualWorld({
    start: START,
    deliver(effect) {
      const result = options.deliver?.(effect) ?? { outcome: 'accepted' };
      if (result.outcome === 'accepted') sent.push(effect.key);
      return result;
    },
    read: () => ({ contact: options.contact ?? {}, groups: {} }),
  });
  const input: RunInput = {
    plan,
    entry: 'e',
    person: 'p',
    key: null,
    event: event('start', 0, options.data),
    entered: new Date(START).toISOString(),
    speed: options.speed ?? 1,
  };
  let state = freshState(input);
  const notices = [
    ...(options.events ?? []).map(({ at, name, data }) => ({
      at,
      notice: { kind: 'event', event: event(name, at, data) },
    })),
    ...(options.notices ?? []),
  ].sort((a, b) => a.at - b.at);
  let host = new FlowHost(world, input, state, 'test/p/1');
  for (const [i, { at, notice }] of notices.entries()) {
    world.at(START + at, () => {
      host.mailbox.take({ ...notice, n: i + 1 } as Notice);
      void host.judge();
    });
  }
  if (options.renewAfter !== undefined)
    world.at(START + options.renewAfter, () => {
      world.renew = true;
    });
  for (;;) {
    try {
      const result = await interpret(host, input, state, world);
      const lines = result.trail.map(
        ({ at, kind, what, outcome }) =>
          `${at.slice(5, 16)} ${[kind, what, outcome].filter((part) => part !== undefined).join(' ')}`,
      );
      return { result, lines, sent, world };
    } catch (error) {
      if (!(error instanceof Renewal)) throw error;
      world.renew = false;
      state = JSON.parse(JSON.stringify(state));
      host = new FlowHost(world, input, state, 'test/p/1');
    }
  }
}

const exitOn = (name: string, extra = {}) => ({ event: name, where: null, match: [], reason: name, ...extra });

describe('interpret', () => {
  it('sends, waits in local time across the change of the clock, and sends', async () => {
    const { lines, sent } = await run(planOf([email('one', 'w'), wait('w', 'two', days(3)), email('two', null)]));
    expect(lines).toEqual([
      '03-27T09:00 enter start',
      '03-27T09:00 send_email one sent',
      '03-30T08:00 wait waited',
      '03-30T08:00 send_email two sent',
      '03-30T08:00 exit completed',
    ]);
    expect(sent).toEqual(['e/one/1/1', 'e/two/1/1']);
  });

  it('exits at once while it waits, and sends nothing after', async () => {
    const plan = planOf([wait('w', 'two', days(3)), email('two', null)], { exit_on: [exitOn('bought')] });
    const { lines, sent } = await run(plan, { events: [{ at: 5 * HOUR, name: 'bought' }] });
    expect(lines).toEqual(['03-27T09:00 enter start', '03-27T14:00 exit bought']);
    expect(sent).toEqual([]);
  });

  it('judges an exit whose where reads the contact', async () => {
    const where = ['==', ['get', 'contact', 'Tier'], 'gold'] as const;
    const listener = { ...exitOn('bought'), where, reads: { contact: ['Tier'], groups: [] } };
    const plan = planOf([wait('w', null, days(3))], { exit_on: [listener] });
    const gold = await run(plan, { events: [{ at: HOUR, name: 'bought' }], contact: { Tier: 'gold' } });
    expect(gold.result.reason).toBe('bought');
    const silver = await run(plan, { events: [{ at: HOUR, name: 'bought' }], contact: { Tier: 'silver' } });
    expect(silver.result.reason).toBe('completed');
  });

  const waitFor = (extra: object = {}): PlanStep =>
    ({
      kind: 'wait_for',
      id: 'wf',
      arms: [
        { on: { event: 'order', where: null, match: ['cart'] }, then: 'thanks' },
        { on: { event: 'call', where: null, match: [] }, then: null },
      ],
      timeout: days(7),
      lookback: 'entry',
      timed_out: 'nudge',
      next: null,
      ...extra,
    }) as PlanStep;

  it('takes the event that matches, and only that one', async () => {
    const plan = planOf([waitFor(), email('thanks', null), email('nudge', null)]);
    const { lines, result } = await run(plan, {
      data: { cart: 'a' },
      events: [
        { at: HOUR, name: 'order', data: { cart: 'b' } },
        { at: 2 * HOUR, name: 'order', data: { cart: 'a' } },
      ],
    });
    expect(lines).toEqual([
      '03-27T09:00 enter start',
      '03-27T11:00 wait_for order event',
      '03-27T11:00 send_email thanks sent',
      '03-27T11:00 exit completed',
    ]);
    expect(result.outcome).toBe('completed');
  });

  it('goes the other way on time-out, on the contact calendar', async () => {
    const plan = planOf([waitFor(), email('thanks', null), email('nudge', null)]);
    const { lines } = await run(plan);
    expect(lines.slice(1)).toEqual([
      '04-03T08:00 wait_for order, call timed_out',
      '04-03T08:00 send_email nudge sent',
      '04-03T08:00 exit completed',
    ]);
  });

  it('finds an event that came before the step, unless told to look only ahead', async () => {
    const steps = (extra: object) =>
      planOf([wait('w', 'wf', days(1)), waitFor(extra), email('thanks', null), email('nudge', null)]);
    const events = [{ at: HOUR, name: 'call' }];
    expect((await run(steps({}), { events })).lines[2]).toBe('03-28T09:00 wait_for call event');
    expect((await run(steps({ lookback: 'none' }), { events })).lines[2]).toMatch(/timed_out/);
  });

  it('gives each event to one wait_for only', async () => {
    const second = { ...waitFor(), id: 'second' } as PlanStep;
    const plan = planOf([
      waitFor({ arms: [{ on: { event: 'call', where: null, match: [] }, then: 'second' }] }),
      second,
      email('thanks', null),
      email('nudge', null),
    ]);
    const { lines } = await run(plan, {
      events: [
        { at: HOUR, name: 'call' },
        { at: 2 * HOUR, name: 'call' },
      ],
    });
    expect(lines.filter((line) => line.includes('wait_for'))).toEqual([
      '03-27T10:00 wait_for call event',
      '03-27T11:00 wait_for call event',
    ]);
  });

  it('continues as new in the middle of a wait, keeping its end, its events and its timeline', async () => {
    const plan = planOf([wait('w', 'wf', days(3)), waitFor(), email('thanks', null), email('nudge', null)]);
    const options = {
      data: { cart: 'a' },
      events: [{ at: HOUR, name: 'order', data: { cart: 'a' } }],
      renewAfter: 2 * DAY,
    };
    const { lines, sent } = await run(plan, options);
    expect(lines).toEqual((await run(plan, { ...options, renewAfter: undefined })).lines);
    expect(sent).toEqual(['e/thanks/1/1']);
  });

  it('parks on an unknown send until an operator decides', async () => {
    const deliver = (effect: AnyEffect): EffectResult =>
      effect.generation === 1 ? { outcome: 'unknown', reason: 'connection lost' } : { outcome: 'accepted' };
    const plan = planOf([email('one', null)]);
    const resolve = (as: string) => [{ at: HOUR, notice: { kind: 'resolve', step: 'one', as } as Omit<Notice, 'n'> }];
    const resent = await run(plan, { deliver, notices: resolve('resend') });
    expect(resent.sent).toEqual(['e/one/1/2']);
    expect(resent.world.positions[0]).toMatchObject({ status: 'parked', step: 'one', reason: 'connection lost' });
    const taken = await run(plan, { deliver, notices: resolve('sent') });
    expect(taken.lines[1]).toBe('03-27T10:00 send_email one sent');
    const left = await run(plan, { deliver, notices: resolve('skip') });
    expect(left.lines[1]).toBe('03-27T10:00 send_email one unknown');
    await expect(run(plan, { deliver })).rejects.toThrow(StillWaiting);
  });

  it('looks at the notice the ledger knows of before it sends, and leaves', async () => {
    const plan = planOf([email('one', 'two'), email('two', null)], { exit_on: [exitOn('bought')] });
    const deliver = (effect: AnyEffect): EffectResult =>
      effect.step === 'two' && effect.n < 1 ? { outcome: 'look', n: 1 } : { outcome: 'accepted' };
    const { lines, sent } = await run(plan, { deliver, events: [{ at: 1000, name: 'bought' }] });
    expect(sent).toEqual(['e/one/1/1']);
    expect(lines.at(-1)).toBe('03-27T09:00 exit bought');
  });

  it('holds while the flow is paused, and goes on where it was', async () => {
    const plan = planOf([wait('w', 'one', days(1)), email('one', null)]);
    const notices = [
      { at: HOUR, notice: { kind: 'pause' as const } },
      { at: 2 * DAY, notice: { kind: 'resume' as const } },
    ];
    const { lines } = await run(plan, { notices });
    expect(lines.slice(1)).toEqual([
      '03-29T09:00 wait waited',
      '03-29T09:00 send_email one sent',
      '03-29T09:00 exit completed',
    ]);
  });

  it('parks a wait whose period is no period', async () => {
    const spec = { for: { text: ['text', ['get', 'event', 'days'], ' days'] } };
    const plan = planOf([wait('w', null, spec)]);
    const notices = [{ at: HOUR, notice: { kind: 'resolve' as const, step: 'w', as: 'skip' as const } }];
    const { world, lines } = await run(plan, { notices });
    expect(world.positions[0]!.status).toBe('parked');
    expect(lines.at(-1)).toBe('03-27T10:00 exit completed');
  });

  it('divides every timer by the speed and keeps its own clock', async () => {
    const plan = planOf([wait('w', 'v', days(2)), wait('v', null, days(1))]);
    const { lines, world } = await run(plan, { speed: 86_400 });
    expect(lines.slice(1)).toEqual([
      '03-29T08:00 wait waited',
      '03-30T08:00 wait waited',
      '03-30T08:00 exit completed',
    ]);
    expect(world.now() - START).toBeLessThan(3_100);
  });

  it('skips a step whose if does not hold', async () => {
    const plan = planOf([email('one', null, { if: ['==', ['get', 'event', 'country'], 'DE'] })]);
    expect((await run(plan, { data: { country: 'AT' } })).lines[1]).toBe('03-27T09:00 send_email skipped');
    expect((await run(plan, { data: { country: 'DE' } })).lines[1]).toBe('03-27T09:00 send_email one sent');
  });
});
