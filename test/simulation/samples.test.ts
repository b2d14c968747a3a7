import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { flows } from '../cli/cli.ts';

test('the sample flows do what their cases say, and every step has one', async () => {
  const { code, out } = await flows(resolve(import.meta.dirname, '../..'), ['test', '--coverage', '100']);
  expect([code, out]).toEqual([0, expect.stringMatching(/\n\d+ passed, 0 failed\n$/)]);
});
