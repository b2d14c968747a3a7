/** Seeded mistakes: each made by one edit of a sound sample or recipe, each shown once, on its line, with its code. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import { readTests } from '../../src/compiler/tests/read-tests.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { SourceText } from '../../src/source/text.ts';
import { IN_OTHER_FILES } from './in-other-files.ts';
import { IN_STEPS } from './in-steps.ts';
import { IN_WORDING } from './in-wording.ts';
import type { Mistake } from './mistake.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLASSES = [...IN_WORDING, ...IN_STEPS, ...IN_OTHER_FILES];
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8');

function diagnose(file: string, text: string): Diagnostic[] {
  const source = new SourceText(file, text);
  if (file.endsWith('mapp.yaml')) return compileProject(source).diagnostics;
  const catalogue = resolve(ROOT, dirname(dirname(file)), 'mapp.yaml');
  const project = compileProject(new SourceText('mapp.yaml', read(catalogue))).project!;
  if (!file.endsWith('.test.yaml')) return compile(source, project).diagnostics;
  const flow = file.replace('.test.yaml', '.yaml');
  const plan = compile(new SourceText(flow, read(flow)), project).plan!;
  return readTests(source, project, [plan], [plan.flow]).diagnostics;
}

/** The file with the mistake in it, and the line that is to be shown. */
function make({ file, from, to, on }: Mistake): { readonly text: string; readonly line: number } {
  const parts = read(file).split(from);
  expect(parts, `"${from}" stands once in ${file}`).toHaveLength(2);
  const [before, after] = parts as [string, string];
  const text = `${before}${to.replace('§', '')}${after}`;
  const lines = text.split('\n');
  const start = before.split('\n').length;
  if (on !== undefined) {
    const found = lines.flatMap((line, at) => (line.includes(on) ? [at + 1] : []));
    // Where a stretch of text comes again, the one at the edit or before it is meant.
    return { text, line: found.find((line) => line >= start) ?? found.at(-1)! };
  }
  const marked = to.indexOf('§');
  return { text, line: start + (marked < 0 ? 0 : to.slice(0, marked).split('\n').length - 1) };
}

test('sixty at least, in twelve classes at least', () => {
  expect(CLASSES.length).toBeGreaterThanOrEqual(12);
  expect(CLASSES.flatMap(({ mistakes }) => mistakes).length).toBeGreaterThanOrEqual(60);
  expect(new Set(CLASSES.map(({ name }) => name)).size).toBe(CLASSES.length);
});

describe.each(CLASSES)('$name', ({ mistakes }) => {
  test.each(mistakes)('$file: $to', (mistake) => {
    expect(diagnose(mistake.file, read(mistake.file)), 'the file is sound').toEqual([]);
    const { text, line } = make(mistake);
    const found = diagnose(mistake.file, text).map(({ code, severity, range, message }) => ({
      code,
      severity,
      line: range.start.line,
      message,
    }));
    expect(found).toEqual([
      {
        code: mistake.code,
        severity: mistake.warning ? 'warning' : 'error',
        line,
        message: expect.stringMatching(/./),
      },
    ]);
  });
});
