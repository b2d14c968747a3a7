/** Test files: what is wrong with them, and how expectations are written into them. */
import { describe, expect, test } from 'vitest';
import { readTests } from '../../src/compiler/tests/read-tests.ts';
import { updateExpect } from '../../src/compiler/tests/update-expect.ts';
import { SourceText } from '../../src/source/text.ts';
import { planOf, problemsOf, project } from './project.ts';

const FLOW = `
flow: files
on: newsletter_signup
steps:
  - send_email: welcome
    id: hello
  - hold: ok?
    id: boss
    timeout: 1 day
`;

/** `line:column message` of each */
function problems(tests: string): string[] {
  return problemsOf(FLOW, tests)
    .split('\n')
    .filter((line) => line.startsWith('flow.test.yaml:'))
    .map((line) => line.slice('flow.test.yaml:'.length));
}

const inCase = (written: string) => problems(`flow: files\ncases:\n  - name: one\n    ${written}\n`);

describe('mistakes', () => {
  test.each([
    ['events: [{ event: newsletter_singup }]', '4:23: unknown event "newsletter_singup"'],
    ['events: [{ approve: bos }]', '4:25: unknown hold step "bos". known hold step is "boss" [unknown-step]'],
    ['events: [{ approve: hello }]', '4:25: unknown hold step "hello"'],
    ['events: [{ data: { a: 1 } }]', '4:14: an item of "events" needs "approve", "event", "pause"'],
    ['events: [{ event: newsletter_signup, reject: boss }]', '4:42: "reject" cannot stand beside "event"'],
    ['events: [{ event: newsletter_signup, after: soon }]', '4:49: a period must be'],
    ['events: [{ event: newsletter_signup, after: -1 day }]', '4:49: a period must be zero or more'],
    ['events: [{ event: newsletter_signup, at: 2025-01-01 }]', '4:46: 2025-01-01 lies before the start of the case'],
    ['events: [{ event: newsletter_signup, data: { cuontry: DE } }]', '4:50: warning: unknown field "cuontry"'],
    ['start: tomorrow', '4:12: a moment must be like 2026-03-27T10:00:00+01:00, found "tomorrow"'],
    ['contact: { atributes: {} }', '4:16: unknown key "atributes"'],
    ['contact: { attributes: { Purchase: 1 } }', '4:30: unknown attribute "Purchase"'],
    ['contact: { timezone: Berlin }', '4:26: unknown time zone "Berlin"'],
    ['groups: [vip]', '4:14: unknown group "vip"'],
    ['webhooks: { hook: { status: 200 } }', '4:17: unknown webhook step "hook". there is no webhook step'],
    ['mapp: { fail: [{ step: helo, with: 400 }] }', '4:28: unknown step "helo"'],
    ['mapp: { fail: [{ step: hello, with: 503 }] }', '4:41: "with" must be "400", "500" or "timeout", found "503"'],
    ['expected: x', '4:5: unknown key "expected"'],
  ])('%s', (written, message) => {
    const found = inCase(written);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('a flow that the project does not have', () => {
    expect(problemsOf(FLOW, 'flow: fils\ncases: []\n')).toContain('did you mean "files"?');
  });

  test.each([
    '',
    'cases',
    '- a',
    'flow: files',
    'flow: files\ncases: 3',
    'flow: [\n',
    '\u0000',
    'flow: files\ncases: [{}]',
  ])('a file that is none: %j', (text) => {
    expect(problems(text)).toHaveLength(1);
  });
});

describe('writing expectations', () => {
  function updated(text: string, ...lines: (readonly string[] | null)[]): string | null {
    const source = new SourceText('flow.test.yaml', text);
    const plan = planOf(FLOW);
    const { tests } = readTests(source, project, [plan], ['files']);
    return updateExpect(source, tests!.cases, lines, project, plan);
  }

  test('everything else stays as it is', () => {
    const before = `# top
flow: files   # which
cases:
  # the first
  - name: one
    expect: |  # as it was
      old line

    events: # in the middle
      - { event: newsletter_signup }   # behind

  - name: two # no expectation yet
    events:
    - event: newsletter_signup # last
  # between

  - { name: three, events: [] }
  - name: four
    expect: stays
`;
    expect(updated(before, ['a  b', 'c'], ['d'], ['e'], null)).toBe(`# top
flow: files   # which
cases:
  # the first
  - name: one
    expect: |  # as it was
      a  b
      c

    events: # in the middle
      - { event: newsletter_signup }   # behind

  - name: two # no expectation yet
    events:
    - event: newsletter_signup # last
    expect: |
      d
  # between

  - { name: three, events: [], expect: "e" }
  - name: four
    expect: stays
`);
  });

  test('nothing to expect is an empty text', () => {
    expect(updated('flow: files\ncases:\n  - name: one', [])).toBe(
      'flow: files\ncases:\n  - name: one\n    expect: ""',
    );
  });

  test('a value that is no block becomes one', () => {
    expect(updated("flow: files\ncases:\n- name: one\n  expect: 'old'\n  groups: []\n", ['new'])).toBe(
      'flow: files\ncases:\n- name: one\n  expect: |\n    new\n  groups: []\n',
    );
  });

  test('a case that stands elsewhere is not touched', () => {
    expect(updated('flow: files\ncases:\n  - &a\n    name: one\n    events: []\n  - *a\n', ['x'], ['y'])).toBeNull();
  });
});
