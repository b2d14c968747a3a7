import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { Splits } from './split.ts';

const keys = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);
/** the cohorts that the keys are in, as lists of keys */
function cohorts(splits: Splits, all: readonly string[]): string[][] {
  const found = new Map<number | null, string[]>();
  for (const key of all) {
    const id = splits.cohortOf(key)?.id ?? null;
    found.set(id, [...(found.get(id) ?? []), key]);
  }
  return [...found.values()];
}

describe('Splits', () => {
  it('halves those who were refused together, in their order', () => {
    const splits = new Splits(new ManualClock());
    splits.divide(keys(5));
    expect(cohorts(splits, keys(5))).toEqual([
      ['k0', 'k1', 'k2'],
      ['k3', 'k4'],
    ]);
    splits.divide(['k3', 'k4']);
    expect(cohorts(splits, keys(5))).toEqual([['k0', 'k1', 'k2'], ['k3'], ['k4']]);
    splits.done('k3');
    expect(splits.cohortOf('k3')).toBeNull();
  });

  it('spends forty calls, then lets the rest go one by one', () => {
    const splits = new Splits(new ManualClock());
    let open = [keys(1_000)];
    let calls = 0;
    while (open.length > 0) {
      const refused = open.shift()!;
      splits.divide(refused);
      if (splits.cohortOf(refused[0]!)!.alone) break;
      const halves = cohorts(splits, refused);
      calls += halves.length;
      open = [...open, ...halves];
    }
    expect(calls).toBe(40);
  });

  it('forgets in time those who never come back', async () => {
    const clock = new ManualClock();
    const splits = new Splits(clock);
    splits.divide(['a', 'b']);
    await clock.advance(600_001);
    expect(splits.cohortOf('a')).not.toBeNull();
    splits.divide(['c', 'd']);
    expect(splits.cohortOf('a')).toBeNull();
    expect(splits.cohortOf('c')).not.toBeNull();
  });
});
