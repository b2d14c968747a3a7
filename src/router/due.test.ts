import { expect, test } from 'vitest';
import { inOrder } from './due.ts';

const at = (second: number) => new Date(second * 1000);
const names = (notices: readonly { entry: string; n: number }[]) => notices.map(({ entry, n }) => `${entry}${n}`);

test('per run by number, even where an older transaction got the higher number', () => {
  const notices = [
    { entry: 'a', n: 6, created_at: at(1) },
    { entry: 'a', n: 5, created_at: at(2) },
  ];
  expect(names(inOrder(notices))).toEqual(['a5', 'a6']);
});

test('between runs the older goes first, and of one transaction whatever is not a start', () => {
  const notices = [
    { entry: 'new', n: 0, created_at: at(2) },
    { entry: 'new', n: 1, created_at: at(2) },
    { entry: 'old', n: 3, created_at: at(2) },
    { entry: 'other', n: 1, created_at: at(1) },
  ];
  expect(names(inOrder(notices))).toEqual(['other1', 'old3', 'new0', 'new1']);
});
