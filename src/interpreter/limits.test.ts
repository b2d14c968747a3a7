import { describe, expect, it } from 'vitest';
import type { AnyEffect, EffectResult } from '../plan/effect.ts';
import { type Limits, quietEnd } from '../plan/limits.ts';
import type { Notice, NoticeBody, RunInput } from '../plan/notice.ts';
import type { Plan } from '../plan/plan.ts';
import { drive } from '../plan/task.ts';
import { VirtualWorld } from '../simulation/virtual-world.ts';
import { FlowHost } from './flow-host.ts';
import { freshState, interpret } from './interpret.ts';
import { email, planOf, wait } from './testing/plans.ts';
import { Renewal } from './world.ts';

/** a Friday, 21:00 in Berlin */
const START = Date.parse('2026-01-16T20:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const hours = (n: number) => ({ for: { months: 0, days: 0, ms: n * HOUR } });
const quiet_hours = { from: 22 * 60, to: 8 * 60, timezone: 'Europe/Berlin' };

interface Given {
  readonly notices?: readonly { readonly at: number; readonly body: NoticeBody }[];
  readonly renewAt?: number;
  readonly attributes?: (now: number) => { [name: string]: string };
  readonly received?: string;
  readonly speed?: number;
}

/** The ledger here answers as the real one: quiet hours and lateness by the limits, the same answer to the same key. */
async function run(plan: Plan, given: Given = {}) {
  const rows = new Map<string, EffectResult>();
  const asked: (Limits | undefined)[] = [];
  const summaries: string[] = [];
  const world: VirtualWorld = new VirtualWorld({
    start: START,
    deliver({ key, limits }: AnyEffect) {
      asked.push(limits);
      const stands = rows.get(key);
      if (stands !== undefined) return stands;
      if (typeof limits?.late === 'number') return { outcome: 'hold', until: limits.late, why: 'late' };
      const until = limits?.quiet === undefined ? null : quietEnd(limits.quiet, null, world.now());
      if (until !== null) return { outcome: 'hold', until, why: 'quiet' };
      const result: EffectResult =
        limits?.late === 'skip' ? { outcome: 'skipped', reason: 'late' } : { outcome: 'accepted' };
      rows.set(key, result);
      return result;
    },
    read: () => ({ contact: given.attributes?.(world.now()) ?? {}, groups: {} }),
    report: ({ next }) => void (next !== null && summaries.push(next)),
  });
  const event = { name: 'start', id: '1', time: new Date(START).toISOString(), source: 'api', data: {} };
  const input: RunInput = {
    ...{ plan, entry: 'e', person: 'p', key: null, event, speed: given.speed ?? 1 },
    entered: new Date(START).toISOString(),
    ...(given.received !== undefined && { received: given.received }),
  };
  let state = freshState(input);
  let host = new FlowHost(world, input, state, 'test/p/1');
  for (const [i, { at, body }] of (given.notices ?? []).entries()) {
    world.at(START + at, () => host.mailbox.take({ ...body, n: i + 1 } as Notice));
  }
  if (given.renewAt !== undefined) {
    world.at(START + given.renewAt, () => {
      world.renew = true;
    });
  }
  for (;;) {
    try {
      const { trail } = await drive(interpret(host, input, state));
      const lines = trail.map(({ at, step, kind, what, outcome, data }) =>
        [at.slice(8, 16), step ?? kind, step === null ? what : outcome, data?.reason].filter(Boolean).join(' '),
      );
      return { lines, asked, summaries, sent: [...rows.keys()] };
    } catch (error) {
      if (!(error instanceof Renewal)) throw error;
      world.renew = false;
      state = JSON.parse(JSON.stringify(state));
      host = new FlowHost(world, input, state, 'test/p/1');
    }
  }
}

describe('quiet hours', () => {
  const steps = [email('one', 'w'), wait('w', 'two', hours(2)), email('two', 'three'), email('three', null)];

  it('hold a message to their end, and the steps behind it', async () => {
    const { lines, sent, summaries } = await run(planOf(steps, { quiet_hours }));
    expect(lines).toEqual([
      '16T20:00 enter start',
      '16T20:00 one sent',
      '16T22:00 w waited',
      '17T07:00 two sent',
      '17T07:00 three sent',
      '17T07:00 exit completed',
    ]);
    expect(summaries).toContain('quiet hours: not before 2026-01-17T08:00:00.000+01:00 (two)');
    expect(sent).toEqual(['e/one/1/1', 'e/two/1/1', 'e/three/1/1']);
  });

  it('`if` and parameters are read when the message goes out', async () => {
    const held = email('two', null, {
      if: ['!=', ['get', 'contact', 'Plan'], 'gold'],
      reads: { contact: ['Plan'], groups: [] },
    });
    const plan = planOf([wait('w', 'two', hours(2)), held], { quiet_hours });
    const becomesGold = (now: number) => ({ Plan: now > START + 3 * HOUR ? 'gold' : 'basic' });
    const { lines } = await run(plan, { attributes: becomesGold });
    expect(lines.slice(2)).toEqual(['17T07:00 two skipped if', '17T07:00 exit completed']);
  });

  it('an exit meanwhile cancels it', async () => {
    const notices = [{ at: 4 * HOUR, body: { kind: 'exit', reason: 'complaint' } as const }];
    const { lines, sent } = await run(planOf(steps, { quiet_hours }), { notices });
    expect(lines.slice(3)).toEqual(['17T00:00 exit complaint']);
    expect(sent).toEqual(['e/one/1/1']);
  });

  it('outlast continue-as-new', async () => {
    const { lines, sent } = await run(planOf(steps, { quiet_hours }), { renewAt: 4 * HOUR });
    expect(lines.slice(3)).toEqual(['17T07:00 two sent', '17T07:00 three sent', '17T07:00 exit completed']);
    expect(sent).toHaveLength(3);
  });

  it('do not hold transactional messages, nor those of other channels', async () => {
    const transactional = planOf([email('one', null, { priority: 'transactional' })], {
      quiet_hours: { ...quiet_hours, from: 0, to: 23 * 60 },
    });
    expect((await run(transactional)).asked).toEqual([undefined]);
    const sms = planOf([email('one', null)], { quiet_hours: { ...quiet_hours, channels: ['sms'] } });
    expect((await run(sms)).asked).toEqual([undefined]);
  });
});

describe('late messages', () => {
  const pause = (from: number, to: number) => [
    { at: from, body: { kind: 'pause' } as const },
    { at: to, body: { kind: 'resume' } as const },
  ];
  const steps = [wait('w', 'one', hours(1)), email('one', 'two'), email('two', null)];

  it('are skipped with those right behind them', async () => {
    const { lines } = await run(planOf(steps, { on_late: 'skip' }), { notices: pause(30 * MINUTE, 2 * HOUR) });
    expect(lines.slice(1)).toEqual([
      '16T22:00 w waited',
      '16T22:00 one skipped late',
      '16T22:00 two skipped late',
      '16T22:00 exit completed',
    ]);
  });

  it('five minutes are not late, nor is a pause in which nothing was due', async () => {
    for (const notices of [pause(30 * MINUTE, 64 * MINUTE), pause(1, 50 * MINUTE)]) {
      const { lines } = await run(planOf(steps, { on_late: 'skip' }), { notices });
      expect(lines.map((line) => line.slice(9))).toEqual([
        'enter start',
        'w waited',
        'one sent',
        'two sent',
        'exit completed',
      ]);
    }
  });

  it('wait for the next window of the wait before them, else for the same time next day', async () => {
    const notices = pause(30 * MINUTE, 2 * HOUR);
    const tuesdays = [wait('w', 'one', { ...hours(0), weekdays: [2, 5], at: 21 * 60 + 30 }), ...steps.slice(1)];
    const weekly = await run(planOf(tuesdays, { on_late: 'next_window' }), { notices });
    expect(weekly.lines.slice(2, 4)).toEqual(['20T20:30 one sent', '20T20:30 two sent']);
    const daily = await run(planOf(steps, { on_late: 'next_window' }), { notices });
    expect(daily.lines.slice(2, 4)).toEqual(['17T21:00 one sent', '17T21:00 two sent']);
  });

  it('an event that lay in the inbox makes the first message late', async () => {
    const received = new Date(START - HOUR).toISOString();
    const { lines } = await run(planOf([email('one', null)], { on_late: 'skip' }), { received });
    expect(lines[1]).toBe('16T20:00 one skipped late');
  });

  it('are sent where the plan says nothing', async () => {
    const { asked } = await run(planOf(steps, {}), { notices: pause(30 * MINUTE, 2 * HOUR) });
    expect(asked).toEqual([undefined, undefined]);
  });
});
