/** What is generated is committed as it is. UPDATE_GOLDEN=1, or `npm run generate`, writes it; read the diff. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGE_FUNCTIONS } from '../../src/docs/expressions-page.ts';
import { FUNCTION_GROUPS } from '../../src/docs/function-docs.ts';
import { generatedFiles } from '../../src/docs/generated-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const files = await generatedFiles(ROOT);

describe('generated files', () => {
  test.each([...files.keys()])('%s', (file) => {
    const path = join(ROOT, file);
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, files.get(file)!);
    }
    expect(readFileSync(path, 'utf8'), 'npm run generate writes it').toBe(files.get(file));
  });

  test('there are no others beside them', () => {
    const steps = readdirSync(join(ROOT, 'docs', 'steps')).map((name) => `docs/steps/${name}`);
    const schemas = readdirSync(join(ROOT, 'schema')).map((name) => `schema/${name}`);
    expect([...steps, ...schemas].filter((file) => !files.has(file))).toEqual([]);
  });
});

test('every function of the language has its documentation', () => {
  const told = Object.values(FUNCTION_GROUPS).flatMap((group) => Object.keys(group));
  expect(told.sort()).toEqual([...LANGUAGE_FUNCTIONS].sort());
});
