import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { BodyLimit } from './body-limit.ts';

const KIB = 1024;

function limitOf() {
  const clock = new ManualClock();
  return { clock, limit: new BodyLimit({ events: 1_000, bytes: 1024 * KIB }, clock) };
}

it('is what was configured until a body is refused, then half of that body', () => {
  const { limit } = limitOf();
  expect([limit.events, limit.bytes]).toEqual([1_000, 1024 * KIB]);
  expect(limit.refused(800 * KIB)).toBe(true);
  expect(limit.bytes).toBe(400 * KIB);
  expect(limit.refused(900 * KIB), 'a call that was under way').toBe(true);
  expect(limit.bytes).toBe(400 * KIB);
});

it('is raised by full calls only, for ten minutes below what was refused, then up to what was configured', async () => {
  const { limit, clock } = limitOf();
  limit.refused(800 * KIB);
  limit.passed(10 * KIB);
  expect(limit.bytes).toBe(400 * KIB);
  limit.passed(399 * KIB);
  expect(limit.bytes).toBeGreaterThan(400 * KIB);
  for (let calls = 0; calls < 500; calls += 1) limit.passed(limit.bytes);
  expect(limit.bytes).toBeLessThan(800 * KIB);
  expect(limit.bytes).toBeGreaterThan(780 * KIB);
  await clock.advance(600_000);
  for (let calls = 0; calls < 500; calls += 1) limit.passed(limit.bytes);
  expect(limit.bytes).toBeLessThanOrEqual(1024 * KIB);
  expect(limit.bytes).toBeGreaterThan(1000 * KIB);
});

it('learns nothing of size where as much went through, or hardly anything was in it', () => {
  const { limit } = limitOf();
  limit.passed(500 * KIB);
  expect(limit.refused(500 * KIB)).toBe(false);
  expect(limit.bytes).toBe(1024 * KIB);
  expect(limit.refused(900 * KIB)).toBe(true);
  expect(limit.bytes).toBe(500 * KIB);
  limit.passed(600 * KIB);
  expect(limit.bytes).toBeGreaterThanOrEqual(600 * KIB);
  expect(limitOf().limit.refused(300)).toBe(false);
});
