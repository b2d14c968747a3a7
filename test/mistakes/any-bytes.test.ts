/** Whatever bytes stand in a project's files: diagnostics, never an exception, a hang or a stack trace. Fixed seeds. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import { readTests } from '../../src/compiler/tests/read-tests.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderText } from '../../src/diagnostics/render-text.ts';
import { SourceText } from '../../src/source/text.ts';
import { flows, projectWith } from '../cli/cli.ts';
import { apply, edit } from './edits.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FILES = ['.', ...readdirSync(join(ROOT, 'recipes')).map((name) => `recipes/${name}`)]
  .filter((dir) => !dir.endsWith('.md'))
  .flatMap((dir) =>
    ['mapp.yaml', ...readdirSync(join(ROOT, dir, 'flows')).map((file) => `flows/${file}`)].map((file) =>
      join(dir, file),
    ),
  );

type Read = (text: string) => { readonly sound: boolean; readonly diagnostics: readonly Diagnostic[] };

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** What reads the file in its project. */
function readerOf(file: string): Read {
  const named = (text: string) => new SourceText(file, text);
  if (file.endsWith('mapp.yaml')) {
    return (text) => {
      const { project, diagnostics } = compileProject(named(text));
      return { sound: project !== undefined, diagnostics };
    };
  }
  const project = compileProject(new SourceText('mapp.yaml', textOf(join(dirname(dirname(file)), 'mapp.yaml'))))
    .project!;
  if (!file.endsWith('.test.yaml')) {
    return (text) => {
      const { plan, diagnostics } = compile(named(text), project);
      return { sound: plan !== undefined, diagnostics };
    };
  }
  const plan = compile(named(textOf(file.replace('.test.', '.'))), project).plan!;
  return (text) => {
    const { tests, diagnostics } = readTests(named(text), project, [plan], [plan.flow]);
    return { sound: tests !== undefined, diagnostics };
  };
}

const READERS = new Map(FILES.map((file) => [file, { read: readerOf(file), text: textOf(file) }]));

/** The file is sound or has an error, at a place, in words. */
function expectAnswer(file: string, text: string): void {
  const { sound, diagnostics } = READERS.get(file)!.read(text);
  expect(sound).toBe(!diagnostics.some(({ severity }) => severity === 'error'));
  const shown = renderText(diagnostics, new Map([[file, new SourceText(file, text)]]));
  for (const { message, help = '', range } of diagnostics) {
    expect(range.start.line).toBeGreaterThan(0);
    expect(`${message} ${help}`).not.toMatch(/undefined|\[object|NaN|\bat .*\.[jt]s:\d/);
  }
  expect(shown.length > 0).toBe(diagnostics.length > 0);
}

const DEEP = 3_000;
const BOMB = Array.from(
  { length: 12 },
  (_, at) =>
    `  - &a${at} [${Array(9)
      .fill(at === 0 ? 'x' : `*a${at - 1}`)
      .join(', ')}]`,
).join('\n');
describe('files of all samples and recipes', () => {
  const mutation = (files: readonly string[]) =>
    fc.record({ file: fc.constantFrom(...files), edits: fc.array(edit, { minLength: 1, maxLength: 3 }) });
  const kinds = [
    { kind: 'flows', is: (file: string) => !/\.test\.|mapp/.test(file), numRuns: 1_500 },
    { kind: 'tests', is: (file: string) => file.includes('.test.'), numRuns: 1_000 },
    { kind: 'catalogues', is: (file: string) => file.endsWith('mapp.yaml'), numRuns: 1_000 },
  ];

  test.each(kinds)('$kind, changed', ({ is, numRuns }) => {
    const property = fc.property(mutation(FILES.filter(is)), ({ file, edits }) => {
      expectAnswer(file, edits.reduce(apply, READERS.get(file)!.text));
    });
    fc.assert(property, { seed: 20_261_122, numRuns });
  });

  test('cut off anywhere', () => {
    for (const [file, { text }] of READERS) {
      for (let end = 0; end < text.length; end += 97) expectAnswer(file, text.slice(0, end));
    }
  });
});

describe('texts made to hurt', () => {
  const around: readonly (readonly [string, string])[] = [
    ['deep lists', `x: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}`],
    ['deep maps', `x: ${'{ a: '.repeat(DEEP)}1${' }'.repeat(DEEP)}`],
    ['deep blocks', Array.from({ length: 500 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
    ['lists that never close', `x: ${'['.repeat(DEEP)}`],
    ['an alias bomb', `x:\n${BOMB}`],
    ['an alias of itself', 'x: &a { b: *a }'],
    ['many merges', `a: &a { b: 1 }\nx: { ${Array(2_000).fill('<<: *a').join(', ')} }`],
    ['huge numbers', `x: ${'9'.repeat(100_000)}`],
    ['a long key', `${'k'.repeat(100_000)}: 1`],
    ['many keys', Array.from({ length: 5_000 }, (_, at) => `k${at}: 1`).join('\n')],
    ['one key many times', 'flow: a\n'.repeat(2_000)],
    ['nothing', ''],
    ['spaces', ' \n\n  '],
    ['a comment', '# nothing'],
    ['a byte order mark', '\uFEFF'],
    ['nulls', '\0'.repeat(1_000)],
    ['a scalar', 'hello'],
    ['a list', '- 1'],
  ];
  const steps: readonly (readonly [string, string])[] = [
    ['deep steps', `steps: ${'[{ check: "true", then: '.repeat(400)}[]${' }]'.repeat(400)}`],
    ['deep brackets', `steps: [{ check: "${'('.repeat(DEEP)}1${')'.repeat(DEEP)}" }]`],
    ['a long chain', `steps: [{ check: "${Array(DEEP).fill('event.a').join(' && ')}", then: [] }]`],
    ['deep expressions', `steps: [{ assign: { x: "\${${'['.repeat(DEEP)}${']'.repeat(DEEP)}}" } }]`],
    ['many negations', `steps: [{ check: "${'!'.repeat(DEEP)}true", then: [] }]`],
    ['many steps', `steps:\n${'  - wait: 1 day\n'.repeat(3_000)}`],
    [
      'huge settings',
      `steps: [{ wait: ${'9'.repeat(400)} days }, { repeat: 1e308, steps: [] }, { split: a, arms: { b: { percent: 1e308 } } }]`,
    ],
    [
      'names of objects',
      'steps: [{ __proto__: 1 }, { constructor: 1 }, { assign: { __proto__: 1, toString: 2 } }, { send_email: constructor }]',
    ],
  ];

  test.each(around)('%s', (_, text) => {
    for (const file of ['flows/welcome.yaml', 'flows/welcome.test.yaml', 'mapp.yaml']) {
      expectAnswer(file, text);
      expectAnswer(file, `${READERS.get(file)!.text}\n${text}`);
    }
  });

  test.each(steps)('%s', (_, text) => {
    expectAnswer('flows/welcome.yaml', `flow: welcome\non: purchase\n${text}`);
  });
});

describe('bytes that are no text', () => {
  const sound = {
    'mapp.yaml': Buffer.from(textOf('mapp.yaml')),
    'flows/a.yaml': Buffer.from(textOf('flows/welcome.yaml')),
    'flows/a.test.yaml': Buffer.from(textOf('flows/welcome.test.yaml')),
  };
  const bytes: readonly (readonly [string, Buffer])[] = [
    ['Latin-1', Buffer.from('flow: caf\xe9', 'latin1')],
    ['UTF-16', Buffer.from('flow: welcome', 'utf16le')],
    ['cut in a character', Buffer.from('flow: 🦆').subarray(0, -2)],
    ['all bytes', Buffer.from(Array.from({ length: 256 }, (_, at) => at))],
    ['none', Buffer.alloc(0)],
  ];
  const cases = bytes.flatMap(([name, content]) => Object.keys(sound).map((file) => ({ name, content, file })));

  test.each(cases)('$name in $file', async ({ file, content }) => {
    const { dir, remove } = projectWith({ ...sound, [file]: content });
    try {
      for (const command of ['check', 'test']) {
        const { code, out, err } = await flows(dir, [command]);
        const shown = out + err;
        // Each file by the command that reads it; the tests of a flow that cannot be read do not pass.
        const reads = (command === 'test') === file.includes('.test.') || file === 'mapp.yaml';
        expect({ command, code, shown }).toMatchObject({ code: reads || command === 'test' ? 1 : 0 });
        if (reads) expect(shown).toMatch(new RegExp(`^${file.replaceAll('.', '\\.')}:\\d+:\\d+: `, 'm'));
        expect(shown).not.toMatch(/\n\s+at .*\d+:\d+/);
      }
    } finally {
      remove();
    }
  });

  test('tests of a flow whose name cannot be read say so, not that there is no such flow', async () => {
    const { dir, remove } = projectWith({ ...sound, 'flows/a.yaml': 'flwo: welcome\n' });
    try {
      const { code, out, err } = await flows(dir, ['test']);
      expect({ code, shown: out + err }).toEqual({ code: 1, shown: expect.stringContaining('its flow has errors') });
      expect(out + err).not.toContain('has no flow');
    } finally {
      remove();
    }
  });
});
