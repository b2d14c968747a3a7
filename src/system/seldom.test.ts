import { expect, test, vi } from 'vitest';
import { seldom } from './seldom.ts';

test('the same is said once in a while, whichever number or id it names', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const now = seldom(1_000);
  expect([now('port 1 is taken'), now('port 2 is taken'), now('run 0af3c1de-1111-2222-3333-444455556666')]).toEqual([
    true,
    false,
    true,
  ]);
  vi.advanceTimersByTime(999);
  expect(now('port 3 is taken')).toBe(false);
  vi.advanceTimersByTime(1);
  expect(now('port 4 is taken')).toBe(true);
  vi.useRealTimers();
});
