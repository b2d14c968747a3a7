import { describe, expect, test } from 'vitest';
import { readDocument } from './document.ts';
import { nodeAt, within, type YamlNode } from './node.ts';
import { SourceText } from './text.ts';

function read(text: string) {
  return readDocument(new SourceText('a.yaml', text));
}

function plain(node: YamlNode | null): unknown {
  if (node === null || node.type === 'broken') return node && '<broken>';
  if (node.type === 'list') return node.items.map(plain);
  if (node.type === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  return node.value;
}

describe('values', () => {
  test('are those of YAML 1.2, with anchors and merge keys', () => {
    const text = 'base: &base { a: 1, b: on }\nown:\n  <<: *base\n  b: 12:30\nlist: [*base]\n"404": ~';
    expect(plain(read(text).root)).toEqual({
      base: { a: 1, b: 'on' },
      own: { b: '12:30', a: 1 },
      list: [{ a: 1, b: 'on' }],
      404: null,
    });
  });

  test('keep their text as written', () => {
    const { root } = read('a: 0042\nb: "0042"\nc: 1.10\nd: 12345678901234567890');
    const texts = ['a', 'b', 'c', 'd'].map((key) => (nodeAt(root!, [key]) as { text: string }).text);
    expect(texts).toEqual(['0042', '0042', '1.10', '12345678901234567890']);
  });

  test('may begin with a byte order mark and use Windows line ends', () => {
    expect(plain(read('\uFEFFa: 1\r\nb:\r\n  - x\r\n').root)).toEqual({ a: 1, b: ['x'] });
  });

  test('an empty file has no root and no problem', () => {
    expect(read('# nothing\n')).toEqual({ root: null, problems: [] });
  });
});

describe('places', () => {
  const text = `a: event.total > 10\nb: "event.x"\nc: 'it''s'\nd: >-\n  one\n  two\ne: |\n  # one\n  one\nf: two\n  three\ng: "a\\tb"\n`;
  const { root } = read(text);

  test.each([
    ['a', 'total'],
    ['b', 'event.x'],
    ['d', 'two'],
    ['e', 'one'],
    ['f', 'three'],
  ])('inside %s are exact', (key, part) => {
    const node = nodeAt(root!, [key]);
    if (node?.type !== 'scalar') throw new Error('not a scalar');
    const at = String(node.value).indexOf(part);
    const { span, exact } = within(node, at, at + part.length);
    expect([text.slice(span.start, span.end), exact]).toEqual([part, true]);
  });

  test.each([['c'], ['g']])('inside %s, which is not written as it reads, are the whole value', (key) => {
    const node = nodeAt(root!, [key]);
    if (node?.type !== 'scalar') throw new Error('not a scalar');
    expect(within(node, 1, 2)).toEqual({ span: node.span, exact: false });
  });

  test('count lines and columns from 1', () => {
    const source = new SourceText('a.yaml', 'a: 1\r\nbc: 2\n');
    expect(source.position(6)).toEqual({ line: 2, column: 1 });
    expect(source.position(99)).toEqual({ line: 3, column: 1 });
    expect(source.line(1)).toBe('a: 1');
  });
});

describe('problems', () => {
  test.each([
    ['a: 1\n\tb: 2', ['tab']],
    ['%YAML 1.1\n---\na: 1', ['directive']],
    ['%TAG ! x\n---\na: 1', []],
    ['a: 1\n---\nb: 2', ['several-documents']],
    ['a: 1\nb: 2\na: 3', ['duplicate-key']],
    ['1: a\n"1": b', ['duplicate-key']],
    ['a: *b', ['unknown-anchor']],
    ['a: &a [*a]', ['alias-expansion']],
    ['? [a]\n: b', ['key-not-text']],
    [`${'['.repeat(100)}${']'.repeat(100)}`, ['too-deep']],
    ['['.repeat(20_000), ['too-deep']],
    ['a: [1, 2', ['syntax']],
    ["a: 'it's'", ['syntax']],
    ['a: !!str 5', []],
  ])('%j: %j', (text, types) => {
    expect(read(text).problems.map((one) => one.type)).toEqual(types);
  });

  test('an alias bomb is stopped', () => {
    const levels = 'bcdefghij'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`)}]`);
    const { root, problems } = read(`a: &a [x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}`);
    expect(root).toBeNull();
    expect(problems.map((one) => one.type)).toEqual(['alias-expansion']);
  });

  test.each([
    ['a: {{ b }}', '"${b}"'],
    ['a: ${ x == "a #b" }', `'\${ x == "a #b" }'`],
    ['a: !x.y # why', '"!x.y"'],
    ['a: { c: ${event.x}, d: 1 }', '"${event.x}"'],
    ['a: ${ x ? 1 : 2 }', '"${ x ? 1 : 2 }"'],
    ['a: "DE" == x', `'"DE" == x'`],
    ["a: 'DE' == x", `"'DE' == x"`],
    ['a: [1, 2].exists(x, x > 1)', '"[1, 2].exists(x, x > 1)"'],
    ['a: { b: x in ["DE"], c: 1 }', `'x in ["DE"]'`],
    ['a: [{ b: 1 }, { c: size(x, 2) == 1 }]', '"size(x, 2) == 1"'],
    ['- a: @b', '"@b"'],
  ])('%s has to be quoted: %s', (text, quoted) => {
    const { problems } = read(text);
    expect(problems).toMatchObject([{ type: 'unquoted', quoted }]);
    const { start, end } = problems[0]!.span;
    const repaired = text.slice(0, start) + quoted + text.slice(end);
    expect(read(repaired).problems).toEqual([]);
  });

  test('a missing quote does not hide the rest of the file', () => {
    const { root, problems } = read('a: !b\nc: { d: ${e} }\nf: 1\nf: 2');
    expect(problems.map((one) => one.type)).toEqual(['unquoted', 'unquoted', 'duplicate-key']);
    expect(plain(root)).toEqual({ a: '<broken>', c: { d: '<broken>' }, f: 1 });
  });
});
