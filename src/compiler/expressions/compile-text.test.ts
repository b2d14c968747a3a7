import { describe, expect, it } from 'vitest';
import { ENV, SCOPE } from '../../../test/support/expressions.ts';
import { evaluate } from '../../plan/evaluate.ts';
import { compileBare, compileText } from './compile-text.ts';

const value = (text: string) => {
  const { expr, problems } = compileText(text, ENV);
  expect(problems, text).toEqual([]);
  return evaluate(expr ?? null, SCOPE);
};
const marked = (text: string, compile = compileText) =>
  compile(text, ENV).problems.map(({ code, start, end }) => [code, text.slice(start, end)]);

describe('a text with expressions in it', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['${event.total}', 20.5],
    ['${event.items}', SCOPE.event.items],
    [' ${event.total}', ' 20.5'],
    ['Hello ${event["first-name"]}, ${event.country}!', 'Hello Ada, DE!'],
    ['[${event.extra}]', '[]'],
    ['${event.count} days', '3 days'],
    ['$${event.total}', '${event.total}'],
    ['5 $ ${event.count}$', '5 $ 3$'],
    ['${"}" + event.country}!', '}DE!'],
    ["${'it\\'s }'}!", "it's }!"],
    ['${ {"a": {"b": 1}}.a.b }', 1],
    ["${'''it's }'''}.", "it's }."],
    ["${r'\\d}'}.", '\\d}.'],
    ['${event.country // a } comment\n}.', 'DE.'],
  ])('%j', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it('marks mistakes where they stand in the text', () => {
    expect(marked('Hi ${event.country} and ${event.contry}')).toEqual([['unknown-field', 'contry']]);
    expect(marked('Hi ${event.total')).toEqual([['expression-syntax', '${event.total']]);
    expect(marked('Hi ${}')).toEqual([['expression-syntax', '${}']]);
    expect(marked('all of ${event.items}')).toEqual([['expression-type', '${event.items}']]);
    expect(marked('${event.a} ${event.b}')).toEqual([
      ['unknown-field', 'a'],
      ['unknown-field', 'b'],
    ]);
  });
});

describe('a condition', () => {
  it('is written bare or in ${ }', () => {
    const expr = ['>', ['get', 'event', 'total'], 3];
    expect(compileBare('event.total > 3', ENV, 'bool').expr).toEqual(expr);
    expect(compileBare('${event.total > 3}', ENV, 'bool').expr).toEqual(expr);
    expect(compileBare(' ${event.total > 3}\n', ENV, 'bool').expr).toEqual(expr);
  });

  it('is one expression, not a text', () => {
    expect(marked('${event.total} > 3', compileBare)).toEqual([['expression-syntax', '${event.total} > 3']]);
    expect(marked('3 < ${event.total}', compileBare)).toEqual([['expression-syntax', '$']]);
    expect(marked('${event.contry == "DE"}', compileBare)).toEqual([['unknown-field', 'contry']]);
  });
});
