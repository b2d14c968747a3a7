import { describe, expect, it } from 'vitest';
import type { AnyEffect, EffectResult, ReadRequest, ReadResult } from '../plan/effect.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Notice, RunInput, RunResult } from '../plan/notice.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { drive } from '../plan/task.ts';
import { StillWaiting } from '../simulation/virtual-time.ts';
import { VirtualWorld } from '../simulation/virtual-world.ts';
import { FlowHost } from './flow-host.ts';
import { freshState, interpret } from './interpret.ts';
import { renewed } from './migration.ts';
import { email, planOf, wait } from './testing/plans.ts';
import { Renewal } from './world.ts';

const START = Date.parse('2026-03-27T09:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const days = (n: number) => ({ for: { months: 0, days: n, ms: 0 } });

interface Options {
  readonly data?: JsonObject;
  readonly events?: readonly { readonly at: number; readonly name: string; readonly data?: JsonObject }[];
  readonly notices?: readonly { readonly at: number; readonly notice: Omit<Notice, 'n'> }[];
  readonly contact?: ReadResult['contact'];
  readonly read?: (request: Omit<ReadRequest, 'key'>) => Partial<ReadResult>;
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
    read: (request) => ({ contact: options.contact ?? {}, groups: {}, ...options.read?.(request) }),
  });
  let input: RunInput = {
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
      const result = await drive(interpret(host, input, state));
      const lines = result.trail.map(
        ({ at, kind, what, outcome }) =>
          `${at.slice(5, 16)} ${[kind, what, outcome].filter((part) => part !== undefined).join(' ')}`,
      );
      return { result, lines, sent, world };
    } catch (error) {
      if (!(error instanceof Renewal)) throw error;
      world.renew = false;
      input = JSON.parse(JSON.stringify(renewed(input, state))) as RunInput;
      state = input.state!;
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

  it('looks back a period, behind the event that started the run, and takes what it finds once', async () => {
    const hours = (n: number) => ({ months: 0, days: 0, ms: n * HOUR });
    const again = { ...waitFor({ lookback: hours(3) }), id: 'again' } as PlanStep;
    const plan = planOf([
      waitFor({ lookback: hours(3), arms: [{ on: { event: 'call', where: null, match: [] }, then: 'again' }] }),
      again,
      email('thanks', null),
      email('nudge', null),
    ]);
    const asked: unknown[] = [];
    const past = [event('call', -2 * HOUR)];
    const { lines } = await run(plan, {
      read: (request) => {
        asked.push(request.past);
        return { contact: {}, groups: {}, past };
      },
    });
    expect(lines.slice(1, 3)).toEqual([
      '03-27T09:00 wait_for call event',
      '04-03T08:00 wait_for order, call timed_out',
    ]);
    expect(asked[0]).toEqual({
      events: ['call'],
      since: '2026-03-27T06:00:00.000Z',
      before: '2026-03-27T09:00:00.000Z',
    });
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

describe('hold', () => {
  const hold = (extra: object = {}): PlanStep =>
    ({
      kind: 'hold',
      id: 'ask',
      text: 'really?',
      timeout: days(7),
      approved: 'yes',
      rejected: 'no',
      next: null,
      ...extra,
    }) as PlanStep;
  const plan = planOf([hold(), email('yes', null), email('no', null)]);
  const decide = (at: number, as: 'approved' | 'rejected', step = 'ask') => ({
    at,
    notice: { kind: 'decide', step, as } as Omit<Notice, 'n'>,
  });

  it('goes the way an operator says; the first word counts, and one for another step does not', async () => {
    const notices = [decide(HOUR, 'rejected', 'other'), decide(2 * HOUR, 'approved'), decide(2 * HOUR, 'rejected')];
    const { lines, world } = await run(plan, { notices });
    expect(lines.slice(1)).toEqual([
      '03-27T11:00 hold ask approved',
      '03-27T11:00 send_email yes sent',
      '03-27T11:00 exit completed',
    ]);
    expect(world.positions[0]).toMatchObject({ status: 'held', step: 'ask', reason: 'really?' });
    expect((await run(plan, { notices: [decide(HOUR, 'rejected')] })).lines[1]).toBe('03-27T10:00 hold ask rejected');
  });

  it('times out on the contact calendar, and waits for ever without a time-out', async () => {
    expect((await run(plan)).lines.slice(1, 3)).toEqual([
      '04-03T08:00 hold ask timed_out',
      '04-03T08:00 send_email no sent',
    ]);
    const endless = planOf([hold({ timeout: null }), email('yes', null), email('no', null)]);
    await expect(run(endless)).rejects.toThrow(StillWaiting);
  });

  it('keeps its end, and a decision, through continue-as-new, a pause and an exit that does not hold', async () => {
    const renewed = await run(plan, { renewAfter: DAY, notices: [decide(2 * DAY, 'approved')] });
    expect(renewed.lines[1]).toBe('03-29T09:00 hold ask approved');
    expect((await run(plan, { renewAfter: DAY })).lines[1]).toBe('04-03T08:00 hold ask timed_out');
    const notices = [
      { at: HOUR, notice: { kind: 'pause' as const } },
      decide(2 * HOUR, 'approved'),
      { at: DAY, notice: { kind: 'resume' as const } },
    ];
    expect((await run(plan, { notices })).lines[1]).toBe('03-28T09:00 hold ask approved');
  });
});

describe('repeat', () => {
  const repeat = (id: string, body: string, next: string | null, extra: object = {}): PlanStep =>
    ({ kind: 'repeat', id, times: 3, until: null, body, next, ...extra }) as PlanStep;
  const steps = (extra: object = {}) => [
    repeat('loop', 'nudge', 'bye', extra),
    email('nudge', 'w'),
    wait('w', 'loop', days(1)),
    email('bye', null),
  ];

  it('does its rounds, each with effects of its own, and goes on', async () => {
    const { lines, sent } = await run(planOf(steps()));
    expect(sent).toEqual(['e/nudge/1/1', 'e/nudge/2/1', 'e/nudge/3/1', 'e/bye/1/1']);
    expect(lines.filter((line) => line.includes('repeat'))).toEqual([
      '03-27T09:00 repeat round 1 done',
      '03-28T09:00 repeat round 2 done',
      '03-29T08:00 repeat round 3 done',
      '03-30T08:00 repeat over after 3 rounds done',
    ]);
  });

  it('looks at `until` before every round, the first included, with a read of its own each', async () => {
    let visited = 0;
    const until = ['==', ['get', 'contact', 'Tier'], 'gold'];
    const reading = { until, reads: { contact: ['Tier'], groups: [] } };
    const { sent } = await run(planOf(steps(reading)), {
      read: () => {
        visited += 1;
        return { contact: { Tier: visited === 3 ? 'gold' : null } };
      },
    });
    expect(sent).toEqual(['e/nudge/1/1', 'e/nudge/2/1', 'e/bye/1/1']);
    expect((await run(planOf(steps(reading)), { contact: { Tier: 'gold' } })).sent).toEqual(['e/bye/1/1']);
  });

  it('inside another begins anew in each of its rounds, also after continue-as-new', async () => {
    const plan = planOf([
      repeat('outer', 'inner', null, { times: 2 }),
      repeat('inner', 'nudge', 'outer', { times: 2 }),
      email('nudge', 'w'),
      wait('w', 'inner', days(1)),
    ]);
    const { sent, lines } = await run(plan);
    expect(sent).toEqual([1, 2, 3, 4].map((visit) => `e/nudge/${visit}/1`));
    const renewed = await run(plan, { renewAfter: 2.5 * DAY });
    expect(renewed.sent).toEqual(sent);
    expect(renewed.lines).toEqual(lines);
  });

  it('looks at its `if` once', async () => {
    const once = { if: ['==', ['get', 'steps', 'nudge', 'outcome'], null] };
    expect((await run(planOf(steps(once)))).sent).toHaveLength(4);
  });
});

describe('reads of what happened', () => {
  const check = (condition: unknown, reads: object): PlanStep =>
    ({ kind: 'check', id: 'c', condition, yes: 'yes', no: 'no', reads, next: null }) as PlanStep;
  const count = ['count', 'order', ['call', 'ago', '1 day']] as const;

  it('`count` is asked for with its moment, and is the value of the call', async () => {
    const asked: Omit<ReadRequest, 'key'>[] = [];
    const reads = { contact: [], groups: [], flows: ['vip'], counts: [count] };
    const plan = planOf([
      check(['and', ['>', count, 1], ['call', 'in_flow', 'vip']], reads),
      email('yes', null),
      email('no', null),
    ]);
    const read = (request: Omit<ReadRequest, 'key'>) => {
      asked.push(request);
      return { counts: { [JSON.stringify(count)]: 2 }, flows: { vip: true } };
    };
    const { sent, result } = await run(plan, { read });
    expect(sent).toEqual(['e/yes/1/1']);
    expect(asked).toEqual([
      {
        entry: 'e',
        contact: [],
        groups: [],
        flows: ['vip'],
        counts: [{ key: JSON.stringify(count), event: 'order', since: '2026-03-26T09:00:00.000Z' }],
      },
    ]);
    expect(result.trail[1]!.saw).toEqual({ 'in_flow("vip")': true, 'count("order", "2026-03-26T09:00:00.000Z")': 2 });
  });

  it("a moment on the contact's calendar takes the zone first; a null moment counts nothing", async () => {
    const reads = { contact: ['timezone'], groups: [], counts: [count] };
    const asked: Omit<ReadRequest, 'key'>[] = [];
    const plan = planOf([check(['>', count, 1], reads), email('yes', null), email('no', null)], {
      timezone: 'contact',
    });
    await run(plan, {
      read: (request) => {
        asked.push(request);
        return { contact: { timezone: 'Asia/Tokyo' } };
      },
    });
    expect(asked.map(({ contact, counts }) => [contact, counts?.length])).toEqual([
      [['timezone'], undefined],
      [['timezone'], 1],
    ]);
    const never = ['count', 'order', ['get', 'vars', 'since']] as const;
    const none = planOf([
      check(['==', never, null], { contact: [], groups: [], counts: [never] }),
      email('yes', null),
      email('no', null),
    ]);
    expect((await run(none)).sent).toEqual(['e/yes/1/1']);
  });
});

describe('send_time', () => {
  const plan = planOf([
    {
      kind: 'send_time',
      id: 't',
      within: { months: 0, days: 1, ms: 0 },
      next: 'one',
      reads: { contact: [], groups: [], reactions: true },
    } as PlanStep,
    email('one', null),
  ]);
  const evening = Date.parse('2026-03-01T19:30:00Z') / 60_000;

  it('waits for the hour in which the contact reacts, and goes on at once where none is known', async () => {
    const read = () => ({ reactions: [evening] });
    expect((await run(plan, { read })).lines.slice(1, 3)).toEqual([
      '03-27T19:00 send_time 1 day done',
      '03-27T19:00 send_email one sent',
    ]);
    expect((await run(plan, { read: () => ({ reactions: [] }) })).lines[1]).toBe('03-27T09:00 send_time 1 day done');
  });

  it('keeps the moment through continue-as-new, whatever is known then', async () => {
    let known = [evening];
    const read = () => {
      const reactions = known;
      known = [];
      return { reactions };
    };
    expect((await run(plan, { read, renewAfter: HOUR })).lines[1]).toBe('03-27T19:00 send_time 1 day done');
  });
});

describe('goals', () => {
  const bought = (at: number, goals: string[]) =>
    ({ at, notice: { kind: 'event', event: event('bought', at), goals } }) as const;
  const goal = { event: 'bought', where: null, match: [] };
  const plan = planOf([wait('w', 'one', days(3)), email('one', null)], {
    exit_on: [exitOn('bought')],
    goals: [
      { ...goal, name: 'sale' },
      { ...goal, name: 'big', exit: true },
    ],
  });

  it('have their line before the exit of the same event, and after that of the entry', async () => {
    const { lines } = await run(plan, { notices: [bought(0, ['sale'])] });
    expect(lines).toEqual(['03-27T09:00 enter start', '03-27T09:00 goal sale', '03-27T09:00 exit bought']);
  });

  it('may end the run', async () => {
    const { lines } = await run(
      { ...plan, exit_on: [] },
      { notices: [bought(DAY, ['sale']), bought(2 * DAY, ['big'])] },
    );
    expect(lines.slice(1)).toEqual(['03-28T09:00 goal sale', '03-29T09:00 goal big', '03-29T09:00 exit big']);
  });
});

describe('a newer version', () => {
  const migrate = (at: number, plan: Plan) => ({ at, notice: { kind: 'migrate', hash: plan.hash, plan } }) as const;
  const old = planOf([wait('w', 'a', days(3)), email('a', 'v'), wait('v', 'b', days(1)), email('b', null)]);

  it('is moved to in the middle of a wait, whose end stays', async () => {
    const newer = planOf([wait('w', 'c', days(9)), email('c', null)], { hash: '1' });
    const { lines, world } = await run(old, { notices: [migrate(DAY, newer)] });
    expect(lines.slice(1)).toEqual([
      '03-30T08:00 wait waited',
      '03-30T08:00 send_email c sent',
      '03-30T08:00 exit completed',
    ]);
    expect(world.positions.at(-1)).toMatchObject({ status: 'completed', version: '1' });
  });

  it('is moved to at the next wait that it has, of the same kind; the wait is then its own', async () => {
    const newer = planOf([email('w', 'v'), wait('v', 'd', days(2)), email('d', null)], { hash: '1' });
    const { lines } = await run(old, { notices: [migrate(DAY, newer)] });
    expect(lines.slice(1)).toEqual([
      '03-30T08:00 wait waited',
      '03-30T08:00 send_email a sent',
      '04-01T08:00 wait waited',
      '04-01T08:00 send_email d sent',
      '04-01T08:00 exit completed',
    ]);
  });

  it('without their step is none for them; the older one outlasts continue-as-new', async () => {
    const newer = planOf([email('other', null)], { hash: '1' });
    const { lines, sent } = await run(old, { notices: [migrate(DAY, newer)], renewAfter: 2 * DAY });
    expect(lines).toHaveLength(6);
    expect(sent).toEqual(['e/a/1/1', 'e/b/1/1']);
  });
});
