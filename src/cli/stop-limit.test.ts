import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limitStop } from './stop-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what does not end is ended before an orchestrator would kill it, and the log says so', () => {
  const exits: number[] = [];
  const logged: unknown[] = [];
  limitStop({ exit: (code) => exits.push(code) }, (...line) => logged.push(line));
  vi.advanceTimersByTime(47_000);
  expect(exits).toEqual([]);
  vi.advanceTimersByTime(3_000);
  expect(exits).toEqual([1]);
  expect(logged).toEqual([[expect.stringContaining('did not end within 48 s'), { level: 'error' }]]);
});

test('what has ended hears nothing any more', () => {
  const exits: number[] = [];
  limitStop({ exit: (code) => exits.push(code) }, () => {}).clear();
  vi.advanceTimersByTime(100_000);
  expect(exits).toEqual([]);
});
