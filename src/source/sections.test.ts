import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { addEntries, commentsOf, replaceComments, scalarText } from './sections.ts';

const NEW = [
  { name: 'news', value: '"9"', comment: 'Mapp: News' },
  { name: 'vips', value: '"8"', comment: 'Mapp: VIPs' },
];
const LINES = 'news: "9" # Mapp: News\n  vips: "8" # Mapp: VIPs\n';

test('behind the last entry of a block, whatever is written around it', () => {
  const text =
    '# head\ngroups:      # ours\n  a:   "1"   # first\n\n  # about b\n  b: "2" # second\n\n# next\napps: { x: "1" }\n';
  expect(addEntries(text, 'groups', NEW)).toBe(text.replace('# second\n', `# second\n  ${LINES}`));
});

test('with the indent that is used, at the end of a file without an end of line', () => {
  expect(addEntries('groups:\n    a: "1"', 'groups', NEW)).toBe(
    'groups:\n    a: "1"\n    news: "9" # Mapp: News\n    vips: "8" # Mapp: VIPs\n',
  );
});

test('behind an entry of several lines', () => {
  const text = 'messages:\n  a:\n    id: "1"\n    channel: email\nproject: shop\n';
  expect(addEntries(text, 'messages', NEW)).toBe(text.replace('project', `  ${LINES}project`));
});

test('into braces while the line stays short, else an entry a line', () => {
  expect(addEntries('groups: { a: "1" } # ours\n', 'groups', NEW)).toBe(
    'groups: { a: "1", news: "9", vips: "8" } # ours\n',
  );
  expect(addEntries('groups: {}\n', 'groups', NEW)).toBe('groups: { news: "9", vips: "8" }\n');
  const long = `groups: { ${'a'.repeat(80)}: "1", b: "2" } # ours\napps: { x: "1" }\n`;
  expect(addEntries(long, 'groups', NEW)).toBe(
    `groups: # ours\n  ${'a'.repeat(80)}: "1"\n  b: "2"\n  ${LINES}apps: { x: "1" }\n`,
  );
});

test('into braces over several lines with comments', () => {
  const text = 'groups: {\n  a: "1", # first\n  b: "2"\n}\n';
  const result = addEntries(text, 'groups', NEW);
  expect(result).toBe('groups: {\n  a: "1", # first\n  b: "2",\n  news: "9",\n  vips: "8"\n}\n');
  expect(parse(result)).toEqual({ groups: { a: '1', b: '2', news: '9', vips: '8' } });
});

test('a section that is missing or empty', () => {
  expect(addEntries('project: shop\n', 'groups', NEW)).toBe(`project: shop\n\ngroups:\n  ${LINES}`);
  expect(addEntries('groups: # none yet\nproject: shop\n', 'groups', NEW)).toBe(
    `groups: # none yet\n  ${LINES}project: shop\n`,
  );
  expect(addEntries('', 'groups', NEW)).toBe(`\ngroups:\n  ${LINES}`);
});

test('lines end as the file does', () => {
  const text = 'groups:\r\n  a: "1"\r\n';
  expect(addEntries(text, 'groups', NEW.slice(0, 1))).toBe(`${text}  news: "9" # Mapp: News\r\n`);
});

test('what is no map, or no YAML, is refused', () => {
  expect(() => addEntries('groups: [1]\n', 'groups', NEW)).toThrow('"groups" is no map');
  expect(() => addEntries('groups: {\n', 'groups', NEW)).toThrow();
});

test('names that YAML would take for something else are quoted', () => {
  expect(['a', '1', 'true', 'no: 1', '# x'].map((name) => scalarText(name))).toEqual([
    'a',
    '"1"',
    '"true"',
    '"no: 1"',
    '"# x"',
  ]);
});

test('comments behind entries are read and replaced', () => {
  const text = 'groups:\n  a: "1"  # Mapp: A\n  b: "2"\n  c: "3" # ours\n';
  expect([...commentsOf(text, 'groups')]).toEqual([
    ['a', 'Mapp: A'],
    ['c', 'ours'],
  ]);
  expect(replaceComments(text, 'groups', new Map([['a', 'Mapp: AA']]))).toBe(text.replace('# Mapp: A', '# Mapp: AA'));
});
