import { describe, expect, it } from 'vitest';
import { grouped } from './grouped.ts';

/** A statement that ends when told to. */
function statements() {
  const groups: number[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const run = (items: readonly number[]) => {
    groups.push([...items]);
    return new Promise<number[]>((resolve, reject) => {
      ends.push((error) => (error === undefined ? resolve(items.map((item) => item * 10)) : reject(error)));
    });
  };
  return { groups, ends, run };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
const never = { max: 3, mayBeOneRow: () => false };

describe('grouped', () => {
  it('sends at once when idle, and what comes meanwhile as the next group, bounded', async () => {
    const { groups, ends, run } = statements();
    const call = grouped(run, never);
    const first = call(1);
    await tick();
    expect(groups).toEqual([[1]]);
    const rest = [2, 3, 4, 5].map(call);
    await tick();
    expect(groups).toHaveLength(1);
    ends[0]?.();
    expect(await first).toBe(10);
    await tick();
    ends[1]?.();
    await tick();
    ends[2]?.();
    expect(await Promise.all(rest)).toEqual([20, 30, 40, 50]);
    expect(groups).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('puts calls of one tick into one group', async () => {
    const { groups, ends, run } = statements();
    const call = grouped(run, never);
    const all = [1, 2].map(call);
    await tick();
    ends[0]?.();
    await Promise.all(all);
    expect(groups).toEqual([[1, 2]]);
  });

  it('fails the whole group, and goes on with the next', async () => {
    const { ends, run } = statements();
    const call = grouped(run, never);
    const failed = Promise.allSettled([1, 2].map(call));
    await tick();
    ends[0]?.(new Error('away'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = call(3);
    await tick();
    ends[1]?.();
    expect(await next).toBe(30);
  });

  it('tries rows one by one when one of them may be to blame', async () => {
    const groups: number[][] = [];
    const call = grouped(
      async (items: readonly number[]) => {
        groups.push([...items]);
        if (items.includes(2)) throw new Error('bad row');
        return items;
      },
      { max: 10, mayBeOneRow: () => true },
    );
    const results = await Promise.allSettled([1, 2, 3].map(call));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).toEqual([[1, 2, 3], [1], [2], [3]]);
  });
});
