import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCOPE } from '../../../test/support/expressions.ts';
import { evaluate } from '../../plan/evaluate.ts';
import { compileExpression } from './compile-expression.ts';
import { OPEN_ENV } from './environment.ts';

/** cel-js as the oracle, on everything but missing fields, where the two mean different things on purpose. */
const cel = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
for (const operator of ['+', '-', '*', '/'] as const) {
  cel.registerOperator(`int ${operator} double: double`, (a, b) => compute(operator, Number(a), b));
  cel.registerOperator(`double ${operator} int: double`, (a, b) => compute(operator, a, Number(b)));
}
const context = {
  ...SCOPE,
  now: new Date(SCOPE.now),
  event: { ...SCOPE.event, placed: new Date(String(SCOPE.event.placed)) },
};

function compute(operator: '+' | '-' | '*' | '/', a: number, b: number): number {
  return operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : a / b;
}

function theirs(source: string): unknown {
  const plain = (value: unknown): unknown => {
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number') return value + 0;
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
  };
  return plain(cel.evaluate(source, context));
}

function ours(source: string): unknown {
  const { expr, problems } = compileExpression(source, OPEN_ENV);
  expect(problems, source).toEqual([]);
  return evaluate(expr ?? null, SCOPE);
}

describe('the evaluator agrees with cel-js', () => {
  it.each([
    '1 + 2 * 3',
    '(1 + 2) * 3',
    '-event.total + 1.5',
    'event.total - 0.5 == 20.0',
    '7.0 / 2.0',
    '7 % 3',
    '-7 % 3',
    'event.total > 20.0 && event.country == "DE"',
    'event.first || event.total < 0.0',
    '!(event.first && false)',
    'event.country in ["DE", "AT"]',
    '"x" in event.tags',
    '"sku" in event.items[0]',
    'event.country == "DE" ? "yes" : "no"',
    'event["country"] + "!"',
    'event.items[1].price',
    'event.items.exists(i, i.price > 5.0)',
    'event.items.all(i, i.price > 5.0)',
    'event.items.filter(i, i.price > 5.0)',
    'event.items.map(i, i.sku)',
    'event.items.map(i, i.price > 5.0, i.sku)',
    'event.items.exists(i, event.items.exists(j, j.price > i.price))',
    'event.tags + ["c"]',
    '["a", "b"] == event.tags',
    '{"a": 1.0, "b": [true]} == {"b": [true], "a": 1.0}',
    '[1, "a", null, true]',
    'null == null',
    'event.extra == null',
    'event.country != null',
    'size(event.country)',
    'size("añ😀")',
    'event.tags.size()',
    'event.country.startsWith("D")',
    'event.country.endsWith("D")',
    'event.country.contains("E")',
    '"a,b,c".split(",")',
    'event.tags.join("-")',
    '" x ".trim()',
    'int("12")',
    'int(2.9)',
    'int(-2.9)',
    'double("2.5e3")',
    'string(2.5)',
    'string(12)',
    'string(true)',
    'bool("true")',
    'bool("0")',
    'now > event.placed',
    'timestamp("2026-03-27T11:00:00+01:00") == event.placed',
    'timestamp("2026-03-27T11:00:00.5Z")',
    'has(event.country)',
    '"b" > "a" && "B" < "a"',
    "'it\\'s' + r'\\d' + \"\\u00e9\"",
    '1 == 1 && 0x10 == 16',
  ])('%s', (source) => {
    expect(ours(source)).toEqual(theirs(source));
  });

  it('on thousands of made-up expressions', () => {
    const { bool } = fc.letrec<{ bool: string; number: string; text: string }>((tie) => {
      const pair = (of: string) => fc.tuple(tie(of as 'bool'), tie(of as 'bool'));
      const infix = (of: string, ...operators: string[]) =>
        fc.tuple(pair(of), fc.constantFrom(...operators)).map(([[a, b], operator]) => `(${a} ${operator} ${b})`);
      const choice = (of: string) => fc.tuple(tie('bool'), pair(of)).map(([test, [a, b]]) => `(${test} ? ${a} : ${b})`);
      const order = ['<', '<=', '>', '>=', '==', '!='];
      return {
        number: fc.oneof(
          { maxDepth: 5 },
          fc.constantFrom('event.total', 'event.items[0].price', '0.5', '3.0', '100.0'),
          infix('number', '+', '-', '*'),
          choice('number'),
          tie('number').map((a) => `(-${a})`),
        ),
        text: fc.oneof(
          { maxDepth: 5 },
          fc.constantFrom('event.country', 'event.tags[0]', '""', '"DE"', '"é"'),
          infix('text', '+'),
          choice('text'),
          tie('text').map((a) => `${a}.trim()`),
        ),
        bool: fc.oneof(
          { maxDepth: 6 },
          fc.constantFrom('event.first', 'true', 'false'),
          infix('bool', '&&', '||', '==', '!='),
          infix('number', ...order),
          infix('text', ...order),
          choice('bool'),
          tie('bool').map((a) => `(!${a})`),
          fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} in [${b}, "x"])`),
          fc.tuple(tie('number'), tie('number')).map(([a, b]) => `event.items.exists(i, i.price + ${a} > ${b})`),
          fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a}.contains(${b})`),
        ),
      };
    });
    fc.assert(
      fc.property(bool, (source) => {
        expect(ours(source), source).toEqual(theirs(source));
      }),
      { seed: 11, numRuns: 2000 },
    );
  });
});
