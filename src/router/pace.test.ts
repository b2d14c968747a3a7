import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('lets so many run at a time, in order of arrival, also after one failed', async () => {
  const pace = new Pace(2);
  const started: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const tasks = [0, 1, 2, 3].map((task) =>
    pace.run(
      () =>
        new Promise<void>((resolve, reject) => {
          started.push(task);
          ends[task] = (error) => (error === undefined ? resolve() : reject(error));
        }),
    ),
  );
  expect(started).toEqual([0, 1]);
  ends[1]!(new Error('broken'));
  await expect(tasks[1]).rejects.toThrow('broken');
  expect(started).toEqual([0, 1, 2]);
  ends[0]!();
  await tasks[0];
  expect(started).toEqual([0, 1, 2, 3]);
  ends[2]!();
  ends[3]!();
  await Promise.all([tasks[2], tasks[3]]);
});
