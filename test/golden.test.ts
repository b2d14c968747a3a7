/**
 * Golden pairs: `test/plans/*.yaml` with the plan as JSON, `test/diagnostics/<code>[-n].yaml` with what is reported. A file
 * with a top-level `project:` is compiled as a catalogue. UPDATE_GOLDEN=1 writes the second halves; read the diff.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileProject } from '../src/compiler/catalogue.ts';
import { compile } from '../src/compiler/compile.ts';
import { removedSteps } from '../src/compiler/removed-steps.ts';
import { CODES } from '../src/diagnostics/code.ts';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { EXPRESSION_CODES } from '../src/diagnostics/expression-problem.ts';
import { renderText } from '../src/diagnostics/render-text.ts';
import type { Project } from '../src/plan/project.ts';
import { SourceText } from '../src/source/text.ts';

const here = new URL('.', import.meta.url).pathname;
const project: Project = { ...catalogue('diagnostics/mapp.yaml'), flows: ['welcome', 'post-purchase'] };

function source(path: string): SourceText {
  return new SourceText(path.split('/').at(-1)!, readFileSync(here + path, 'utf8'));
}

function catalogue(path: string): Project {
  const { project, diagnostics } = compileProject(source(path));
  expect(diagnostics).toEqual([]);
  return project!;
}

function files(folder: string): string[] {
  return readdirSync(here + folder).filter((name) => name.endsWith('.yaml') && name !== 'mapp.yaml');
}

function expectGolden(path: string, actual: string): void {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(here + path, actual);
  expect(actual).toBe(existsSync(here + path) ? readFileSync(here + path, 'utf8') : `(${path} does not exist)`);
}

describe('plans', () => {
  test.each(files('plans'))('%s', (name) => {
    const { plan, diagnostics } = compile(source(`plans/${name}`), project);
    expect(diagnostics).toEqual([]);
    expectGolden(`plans/${name.replace('.yaml', '.json')}`, `${JSON.stringify(plan, null, 2)}\n`);
  });
});

/** With `<name>.people.json` beside it: also what publishing the flow would mean for those people inside. */
function foundIn(text: SourceText, name: string): Diagnostic[] {
  const { plan, diagnostics } = compile(text, project);
  const people = `${here}diagnostics/${name.replace('.yaml', '.people.json')}`;
  if (plan === undefined || !existsSync(people)) return diagnostics;
  return [...diagnostics, ...removedSteps(text, plan, JSON.parse(readFileSync(people, 'utf8')))];
}

describe('diagnostics', () => {
  const names = files('diagnostics');

  test.each(names)('%s', (name) => {
    const text = source(`diagnostics/${name}`);
    const found = /^project:/m.test(text.text) ? compileProject(text).diagnostics : foundIn(text, name);
    const code = name.replace(/(-\d+)?\.yaml$/, '');
    expect(found.map((one) => one.code)).toContain(code);
    expectGolden(`diagnostics/${name.replace('.yaml', '.out')}`, renderText(found, new Map([[text.path, text]])));
  });

  test('every code has a fixture', () => {
    const codes = new Set(names.map((name) => name.replace(/(-\d+)?\.yaml$/, '')));
    expect(CODES.filter((code) => !codes.has(code))).toEqual([]);
  });

  test('the codes of expressions are codes', () => {
    expect(EXPRESSION_CODES.filter((code) => !CODES.some((one) => one === code))).toEqual([]);
  });
});
