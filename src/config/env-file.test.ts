import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEnvFile, projectEnvironment } from './env-file.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mapp-flows-env-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

it('reads names and values as shells and Node do', () => {
  const text = [
    '\uFEFF# comment',
    'PLAIN=a b # comment',
    'HASH=a#b',
    '  export SPACED = x ',
    "SINGLE='#1 \\n' # comment",
    'DOUBLE="one\\ntwo"',
    'LINES="one',
    'two"',
    'EMPTY=',
    'ONLY_COMMENT= # nothing',
    'EQUALS=a=b==',
    '',
  ].join('\r\n');
  expect(parseEnvFile(text)).toEqual({
    values: {
      PLAIN: 'a b',
      HASH: 'a#b',
      SPACED: 'x',
      SINGLE: '#1 \\n',
      DOUBLE: 'one\ntwo',
      LINES: 'one\ntwo',
      EMPTY: '',
      ONLY_COMMENT: '',
      EQUALS: 'a=b==',
    },
    problems: [],
  });
});

it('names lines it cannot read, all at once, without their contents', () => {
  const { problems } = parseEnvFile('A=1\nsecret words\n1B=x\nC="x" secret\nD="open\nsecret');
  expect(problems).toEqual([
    { line: 2, problem: 'is no NAME=value, with a name of letters, digits and "_"' },
    { line: 3, problem: 'is no NAME=value, with a name of letters, digits and "_"' },
    { line: 4, problem: 'something follows the quoted value of C' },
    { line: 5, problem: 'the value of D begins with ", which is never closed' },
  ]);
});

it('puts .env below the environment', () => {
  expect(projectEnvironment(dir, { A: 'env' })).toEqual({ A: 'env' });
  writeFileSync(join(dir, '.env'), 'A=file\nB=file\n');
  expect(projectEnvironment(dir, { A: 'env' })).toEqual({ A: 'env', B: 'file' });
  writeFileSync(join(dir, '.env'), 'A=1\nnonsense\n');
  expect(() => projectEnvironment(dir, {})).toThrow(`${join(dir, '.env')}:2: is no NAME=value`);
});
