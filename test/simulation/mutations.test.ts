/** Whatever stands in a test file: diagnostics or results, never an exception. Fixed seeds. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import { readTests } from '../../src/compiler/tests/read-tests.ts';
import { runCase } from '../../src/simulation/run-case.ts';
import { SourceText } from '../../src/source/text.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string) => new SourceText(path, readFileSync(resolve(ROOT, path), 'utf8'));
const project = compileProject(read('mapp.yaml')).project!;
const files = readdirSync(resolve(ROOT, 'flows')).map((name) => `flows/${name}`);
const plans = files.filter((file) => !file.includes('.test.')).map((file) => compile(read(file), project).plan!);
const tests = files.filter((file) => file.includes('.test.')).map((file) => read(file).text);

const PIECES = [
  '\n',
  ' ',
  '  ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '#',
  '&a ',
  '*a',
  '!!x ',
  '<<',
  '\t',
  '\u0000',
  '🦆',
];
const VALUES = [
  'null',
  'true',
  '-1',
  '1e999',
  '9999 years',
  '9999-12-31',
  '0x10',
  '[]',
  '{}',
  '~',
  '" "',
  '2026-02-30',
];

/** Replaces a stretch of the text by something else, a few times. */
const mutation = fc.record({
  text: fc.constantFrom(...tests),
  edits: fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(12),
      by: fc.constantFrom(...PIECES, ...VALUES, ''),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

test('mutated sample tests', async () => {
  await fc.assert(
    fc.asyncProperty(mutation, async ({ text, edits }) => {
      const mutated = edits.reduce((before, { at, length, by }) => {
        const start = Math.floor(at * before.length);
        return before.slice(0, start) + by + before.slice(start + length);
      }, text);
      const names = plans.map(({ flow }) => flow);
      const { tests: found, diagnostics } = readTests(new SourceText('x.test.yaml', mutated), project, plans, names);
      expect(found !== undefined || diagnostics.length > 0).toBe(true);
      for (const one of found?.cases ?? []) await runCase(found!.plan!, project, one);
    }),
    { seed: 20_260_327, numRuns: 1_500 },
  );
});
