import { describe, expect, test } from 'vitest';
import { SourceText } from '../source/text.ts';
import { duplicateId } from './codes-flow.ts';
import { unknownKey } from './codes-shape.ts';
import { inOrder, Reporter } from './diagnostic.ts';
import { renderGithub, renderJson } from './render-json.ts';
import { renderSarif } from './render-sarif.ts';
import { renderText } from './render-text.ts';

const source = new SourceText('flows/a,b.yaml', 'flow: test\n\twiht: { a: "💌", x: 100% }\n');
const reporter = new Reporter(source);
reporter.report({ start: 12, end: 16 }, unknownKey('wiht', 'a flow', ['with']));
reporter.report({ start: 12, end: 16 }, unknownKey('wiht', 'a flow', ['with']));
reporter.report({ start: 6, end: 10 }, duplicateId('a', { start: 12, end: 16 }));
const diagnostics = reporter.diagnostics();
const sources = new Map([[source.path, source]]);

test('diagnostics are in the order of the file, each once', () => {
  expect(diagnostics.map((one) => [one.code, one.range.start.line])).toEqual([
    ['duplicate-id', 1],
    ['unknown-key', 2],
  ]);
  expect(inOrder([...diagnostics].reverse())).toEqual(diagnostics);
});

describe('text', () => {
  test('shows the line with a marker that keeps tabs', () => {
    expect(renderText(diagnostics, sources)).toBe(
      [
        'flows/a,b.yaml:1:7: step id "a" is used twice [duplicate-id]',
        '  |',
        '1 | flow: test',
        '  |       ^~~~',
        '  = first used at line 2, column 2',
        '',
        'flows/a,b.yaml:2:2: unknown key "wiht" in a flow. known keys are "with" [unknown-key]',
        '  |',
        '2 | \twiht: { a: "💌", x: 100% }',
        '  | \t^~~~',
        '  = help: did you mean "with"?',
        '',
      ].join('\n'),
    );
  });

  test('cuts long lines around the place', () => {
    const long = new SourceText('long.yaml', `${'x'.repeat(300)}HERE${'y'.repeat(300)}`);
    const one = new Reporter(long);
    one.report({ start: 300, end: 304 }, duplicateId('a', { start: 0, end: 1 }));
    const lines = renderText(one.diagnostics(), new Map([[long.path, long]])).split('\n');
    const column = lines[3]!.indexOf('^');
    expect(lines[2]!.slice(column, column + 4)).toBe('HERE');
    expect(lines[2]!.length).toBeLessThan(130);
  });
});

test('json has what CONTRACT.md §2 says', () => {
  const document = JSON.parse(renderJson(diagnostics, [{ flow: 'test', file: 'flows/test.yaml', hash: '0123' }]));
  expect(document.ok).toBe(false);
  expect(document.flows).toEqual([{ flow: 'test', file: 'flows/test.yaml', hash: '0123' }]);
  expect(document.diagnostics[1]).toEqual({
    code: 'unknown-key',
    severity: 'error',
    message: 'unknown key "wiht" in a flow. known keys are "with"',
    file: 'flows/a,b.yaml',
    range: { start: { line: 2, column: 2 }, end: { line: 2, column: 6 } },
    help: 'did you mean "with"?',
    replacement: 'with',
  });
});

test('github annotations escape what the commands use', () => {
  expect(renderGithub(diagnostics).split('\n')[1]).toBe(
    '::error file=flows/a%2Cb.yaml,line=2,endLine=2,col=2,endColumn=6,title=unknown-key::unknown key "wiht" in a flow. known keys are "with"%0Adid you mean "with"?',
  );
});

test('sarif has rules, places and fixes', () => {
  const { version, runs } = JSON.parse(renderSarif(diagnostics, '1.2.3'));
  expect(version).toBe('2.1.0');
  expect(runs[0].tool.driver.rules).toEqual([{ id: 'duplicate-id' }, { id: 'unknown-key' }]);
  expect(runs[0].results[1]).toMatchObject({
    ruleId: 'unknown-key',
    ruleIndex: 1,
    level: 'error',
    locations: [
      { physicalLocation: { artifactLocation: { uri: 'flows/a%2Cb.yaml' }, region: { startLine: 2, startColumn: 2 } } },
    ],
    fixes: [{ artifactChanges: [{ replacements: [{ insertedContent: { text: 'with' } }] }] }],
  });
});
