/** The example of the language's own page, word for word: the flow of its §1, the case of §7, the catalogue of §8. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { flows } from '../cli/cli.ts';

const EXAMPLE = resolve(import.meta.dirname, 'example');

test('compiles without a word', async () => {
  const { code, out } = await flows(EXAMPLE, ['check', '--json']);
  expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ ok: true, diagnostics: [] })]);
});

test('its case passes', async () => {
  const { code, out } = await flows(EXAMPLE, ['test', '--json']);
  expect([code, JSON.parse(out)]).toEqual([
    0,
    expect.objectContaining({ ok: true, passed: 1, failed: 0, diagnostics: [] }),
  ]);
});
