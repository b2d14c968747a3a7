import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Breaker, NEEDS_OPERATOR, PASSING } from './breaker.ts';

function breaker(random = () => 0) {
  const clock = new ManualClock();
  return { clock, breaker: new Breaker(clock, random) };
}

describe('Breaker', () => {
  it('backs off longer with every failure of a call that started after the pause', async () => {
    const { clock, breaker: one } = breaker();
    const pauses: (number | null)[] = [];
    for (let at = 0; at < 7; at += 1) {
      await clock.advance(one.remaining() + 1);
      pauses.push(one.failed(clock.now(), { steps: PASSING }));
    }
    expect(pauses).toEqual([1_000, 4_000, 15_000, 60_000, 300_000, 300_000, 300_000]);
  });

  it('counts calls that failed together once', async () => {
    const { clock, breaker: one } = breaker();
    await clock.advance(10);
    expect(one.failed(5, { steps: PASSING })).toBe(1_000);
    expect(one.failed(6, { steps: PASSING })).toBeNull();
    expect(one.remaining()).toBe(1_000);
  });

  it('never undercuts a Retry-After, adds jitter upward, and believes an hour at most', async () => {
    expect(breaker(() => 1).breaker.failed(0, { steps: PASSING, retryAfterMs: 20_000 })).toBe(25_000);
    expect(breaker().breaker.failed(0, { steps: PASSING, retryAfterMs: 1e9 })).toBe(3_600_000);
    const { breaker: one } = breaker();
    one.failed(0, { steps: PASSING });
    one.failed(0, { steps: PASSING, retryAfterMs: 9_000 });
    expect(one.remaining()).toBe(9_000);
  });

  it('waits longer where a person is needed', () => {
    expect(breaker().breaker.failed(0, { steps: NEEDS_OPERATOR })).toBe(5_000);
  });

  it('closes by the success of a call that started after the pause, not of an earlier one', async () => {
    const { clock, breaker: one } = breaker();
    await clock.advance(10);
    one.failed(5, { steps: PASSING });
    one.succeeded(6);
    expect([one.probing, one.remaining()]).toEqual([true, 1_000]);
    await clock.advance(1_000);
    expect([one.probing, one.remaining()]).toEqual([true, 0]);
    one.succeeded(clock.now());
    expect(one.probing).toBe(false);
  });
});
