import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { SourceText } from '../source/text.ts';
import { compileProject } from './catalogue.ts';
import { compile } from './compile.ts';

const folder = new URL('../../test/', import.meta.url);
const catalogueText = readFileSync(new URL('diagnostics/mapp.yaml', folder), 'utf8');
const project = compileProject(new SourceText('mapp.yaml', catalogueText)).project!;
const plans = new URL('plans/', folder);
const texts = readdirSync(plans)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, plans), 'utf8'));

function codes(text: string, of: Project = project): string[] {
  return compile(new SourceText('a.yaml', text), of).diagnostics.map((one) => one.code);
}

function planOf(text: string, of: Project = project): Plan {
  const { plan, diagnostics } = compile(new SourceText('a.yaml', text), of);
  expect(diagnostics).toEqual([]);
  return plan!;
}

function flow(steps: string): string {
  return `flow: test\non: newsletter_signup\nsteps:\n${steps}`;
}

describe('the hash', () => {
  const text = flow('  - send_email: welcome\n    set: { Hobbies: a, Tier: b }\n');

  test('is that of the meaning, not of the text', () => {
    const other = `# comment\nsteps:\n  - set: { Tier: "b", Hobbies: 'a' }\n    send_email: welcome\non: { event: newsletter_signup }\nflow: test\n`;
    expect(planOf(other).hash).toBe(planOf(text).hash);
    expect(planOf(text).hash).toMatch(/^[0-9a-f]{16}$/);
  });

  test('is not changed by the status', () => {
    expect(planOf(`status: paused\n${text}`).hash).toBe(planOf(text).hash);
  });

  test('is changed by anything else', () => {
    expect(planOf(`description: more\n${text}`).hash).not.toBe(planOf(text).hash);
    expect(planOf(text.replace('Tier: b', 'Tier: c')).hash).not.toBe(planOf(text).hash);
  });
});

describe('ids', () => {
  test('count the steps of a kind in file order, nested ones too', () => {
    const steps =
      '  - check: event.country == "DE"\n    else: [{ wait: 1 day }]\n    then: [{ wait: 2 days, id: x }]\n  - wait: 3 days\n';
    expect(Object.keys(planOf(flow(steps)).steps)).toEqual(['check_1', 'wait_1', 'x', 'wait_3']);
  });

  test('a branch without steps goes on behind the step', () => {
    const { steps } = planOf(flow('  - check: event.country == "DE"\n    then: []\n  - wait: 1 day\n'));
    expect(steps.check_1).toMatchObject({ yes: 'wait_1', no: 'wait_1', next: 'wait_1' });
  });

  test('may be names of object prototypes', () => {
    const { steps } = planOf(
      flow('  - wait: 1 day\n    id: __proto__\n  - assign: { constructor: 1, __proto__: 2 }\n'),
    );
    expect(Object.keys(steps)).toEqual(['__proto__', 'assign_1']);
    expect(Object.keys((steps.assign_1 as { vars: object }).vars)).toEqual(['constructor', '__proto__']);
  });
});

describe('what is known at a place', () => {
  const named = (inside: string, behind: string) =>
    flow(
      `  - check: event.country == "DE"\n    then:\n      - wait: 1 day\n        id: a\n${inside}    else:\n      - exit: no\n${behind}`,
    );

  test('a step that every open path has passed', () => {
    expect(codes(named('', '  - exit: "${steps.a.outcome}"\n'))).toEqual([]);
  });

  test('a step that is skipped by an `if` still has a result', () => {
    expect(
      codes(flow('  - wait: 1 day\n    id: a\n    if: event.country == "DE"\n  - exit: "${steps.a.outcome}"\n')),
    ).toEqual([]);
  });

  test('steps inside a step that may be skipped have none', () => {
    const steps =
      '  - check: event.country == "DE"\n    if: event.country != "AT"\n    then: [{ wait: 1 day, id: a }]\n    else: [{ exit: x }]\n  - exit: "${steps.a.outcome}"\n';
    expect(codes(flow(steps))).toEqual(['step-not-passed']);
  });

  test('a variable that one path has assigned may be missing', () => {
    const assign = '      - assign: { x: 1 }\n';
    const steps = `  - check: event.country == "DE"\n    then:\n${assign}  - check: vars.x == 0\n    then: [{ exit: x }]\n`;
    expect(codes(flow(steps))).toEqual(['may-be-missing']);
    expect(codes(flow('  - check: vars.x == 0\n    then: [{ exit: x }]\n  - assign: { x: 1 }\n'))).toEqual([
      'unknown-field',
    ]);
  });

  test('`incoming` in the then of a wait_for, and not behind it', () => {
    const steps =
      '  - wait_for: order_placed\n    timeout: 1 day\n    then: [{ exit: "${incoming.total}", if: event.country == "DE" }]\n';
    expect(codes(flow(steps))).toEqual([]);
    expect(codes(flow(`${steps}  - exit: "\${incoming.total}"\n`))).toEqual(['unknown-name']);
  });

  test('the starting event of one entry of `on` is that entry', () => {
    const on = 'on:\n  - { event: order_placed, where: event.total > 1 }\n  - newsletter_signup\n';
    expect(codes(`flow: test\n${on}steps: []\n`)).toEqual([]);
    expect(codes(`flow: test\n${on}steps:\n  - check: event.total > 1\n    then: [{ exit: x }]\n`)).toEqual([
      'may-be-missing',
    ]);
  });
});

describe('what the catalogue does not list', () => {
  const bare = compileProject(new SourceText('mapp.yaml', 'project: bare\n')).project!;

  test('is not checked, and its name is its id', () => {
    const steps =
      '  - send_email: "23"\n    with: { any: 1 }\n    set: { Any: 1 }\n  - add_to_group: "7"\n  - send_push: hi\n    app: "9"\n';
    const { steps: lowered } = planOf(`flow: test\non: anything\nsteps:\n${steps}`, bare);
    expect(lowered.send_email_1).toMatchObject({ message: { name: '23', id: '23' } });
    expect(lowered.add_to_group_1).toMatchObject({ groups: [{ name: '7', id: '7' }] });
    expect(lowered.send_push_1).toMatchObject({ app: { name: '9', id: '9' } });
  });
});

test('steps may be repeated by anchors', () => {
  const steps = '  - check: event.country == "DE"\n    then: &pause [{ wait: 1 day }]\n    else: *pause\n';
  expect(Object.keys(planOf(flow(steps)).steps)).toEqual(['check_1', 'wait_1', 'wait_2']);
});

describe('never throws', () => {
  const all = [...texts, catalogueText];
  const pieces = [
    '"',
    "'",
    '${',
    '}',
    '{',
    '[',
    ']',
    ':',
    ' #',
    '\t',
    '\n',
    '- ',
    '&a ',
    '*a',
    '!',
    '<<: ',
    '{{',
    '|',
    '>',
    '?',
    '%',
    '\0',
    '💌',
  ];
  const mutation = fc.record({
    text: fc.constantFrom(...all),
    edits: fc.array(fc.record({ at: fc.nat(3000), cut: fc.nat(30), put: fc.constantFrom('', ...pieces) }), {
      minLength: 1,
      maxLength: 4,
    }),
  });

  test('on changed texts', () => {
    fc.assert(
      fc.property(mutation, ({ text, edits }) => {
        let changed = text;
        for (const { at, cut, put } of edits) {
          const from = at % (changed.length + 1);
          changed = changed.slice(0, from) + put + changed.slice(from + cut);
        }
        const source = new SourceText('a.yaml', changed);
        const results = [compile(source, project), compileProject(source)];
        for (const { diagnostics } of results) {
          for (const { range, message } of diagnostics) {
            expect(range.start.line).toBeGreaterThan(0);
            expect(message).not.toMatch(/undefined|\[object|NaN/);
          }
        }
      }),
      { seed: 20261121, numRuns: 1500 },
    );
  });

  test('on texts cut off anywhere', () => {
    for (const text of all) {
      for (let end = 0; end < text.length; end += 13) compile(new SourceText('a.yaml', text.slice(0, end)), project);
    }
  });

  test('on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        compile(new SourceText('a.yaml', text), project);
      }),
      { seed: 20261122, numRuns: 500 },
    );
  });
});
