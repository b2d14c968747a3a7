import { expect, it } from 'vitest';
import { drive, settled, type Task } from './task.ts';

it('answers what the task returns, through any number of levels', async () => {
  function* inner(): Task<number> {
    return (yield* settled(Promise.resolve(20))) + 1;
  }
  function* outer(): Task<number> {
    return (yield* inner()) + (yield* inner());
  }
  expect(await drive(outer())).toBe(42);
});

it('throws into the task what a promise was rejected with, where it stopped', async () => {
  const lines: string[] = [];
  function* work(): Task<string> {
    try {
      yield* settled(Promise.reject(new Error('no')));
      return 'never';
    } catch (error) {
      lines.push(`caught ${(error as Error).message}`);
      return yield* settled(Promise.resolve('after all'));
    } finally {
      lines.push('left');
    }
  }
  expect(await drive(work())).toBe('after all');
  expect(lines).toEqual(['caught no', 'left']);
});

it('rejects with what the task throws, before its first stop as well', async () => {
  function* broken(before: boolean): Task<void> {
    if (before) throw new Error('at once');
    yield* settled(Promise.resolve());
    throw new Error('later');
  }
  await expect(drive(broken(true))).rejects.toThrow('at once');
  await expect(drive(broken(false))).rejects.toThrow('later');
});

it('runs to the first stop at once', () => {
  let begun = false;
  function* work(): Task<void> {
    begun = true;
    yield* settled(Promise.resolve());
  }
  void drive(work());
  expect(begun).toBe(true);
});
