import { describe, expect, it } from 'vitest';
import { ENV } from '../../../test/support/expressions.ts';
import { FUNCTION_NAMES } from '../../plan/functions.ts';
import { compileExpression, type Expected } from './compile-expression.ts';
import { SIGNATURES } from './signatures.ts';
import { ANY, eventFields } from './types.ts';

/** Each problem in one line: `code at "text": message | help` */
function problems(source: string, env = ENV, expect?: Expected): string[] {
  return compileExpression(source, env, expect).problems.map(
    ({ code, start, end, message, help }) =>
      `${code} at ${source.slice(start, end)}: ${message}${help === undefined ? '' : ` | ${help}`}`,
  );
}
const lowered = (source: string, env = ENV) => {
  const compiled = compileExpression(source, env);
  expect(
    compiled.problems.filter(({ severity }) => severity === 'error'),
    source,
  ).toEqual([]);
  return compiled;
};

describe('lowers', () => {
  it.each([
    ['event.country in ["DE", "AT"]', ['in', ['get', 'event', 'country'], ['list', 'DE', 'AT']]],
    ['event["first-name"] == "Ada"', ['==', ['get', 'event', 'first-name'], 'Ada']],
    ['default(contact.Purchases, 0) == 0', ['==', ['call', 'default', ['get', 'contact', 'Purchases'], 0], 0]],
    ['event.total > -1', ['>', ['get', 'event', 'total'], -1]],
    [
      'event.country.lower() == lower("DE")',
      ['==', ['call', 'lower', ['get', 'event', 'country']], ['call', 'lower', 'DE']],
    ],
    [
      'event.items.exists(i, i.price > 5)',
      ['exists', ['get', 'event', 'items'], 'i', ['>', ['field', ['var', 'i'], 'price'], 5]],
    ],
    ['in_group("customers")', ['call', 'in_group', 'customers', '10144']],
    ['has(event.coupon)', ['!=', ['get', 'event', 'coupon'], null]],
    ['steps.nudge.outcome == "sent"', ['==', ['get', 'steps', 'nudge', 'outcome'], 'sent']],
    ['now > run.entered_at', ['>', ['get', 'now'], ['get', 'run', 'entered_at']]],
  ])('%s', (source, expr) => {
    expect(lowered(source).expr).toEqual(expr);
  });

  it('with what it reads', () => {
    const compiled = lowered('in_group("customers") && contact.Vip && contact.email == event.coupon');
    expect(compiled.reads).toEqual({ contact: ['Vip', 'email'], groups: ['10144'] });
    const often = ['count', 'order', ['call', 'ago', '1 day']];
    const counts = lowered(
      'count("order", ago("1 day")) > 1 && in_flow("welcome") || count("order", ago("1 day")) == 0',
    );
    expect(counts.reads).toEqual({ contact: [], groups: [], flows: ['welcome'], counts: [often] });
    expect(compiled.paths).toEqual([
      ['contact', 'Vip'],
      ['contact', 'email'],
      ['event', 'coupon'],
    ]);
    expect(lowered('event.placed < ago("3 days")', { ...ENV, timezone: 'contact' }).reads.contact).toEqual([
      'timezone',
    ]);
  });

  it('the event being looked at to where it stands', () => {
    const env = (path?: string[]) => ({ ...ENV, incoming: { fields: null, ...(path && { path }) } });
    expect(lowered('incoming.x == 1', env()).expr).toEqual(['==', ['get', 'incoming', 'x'], 1]);
    expect(lowered('incoming.x == 1', env(['steps', 'order', 'event'])).paths).toEqual([
      ['steps', 'order', 'event', 'x'],
    ]);
  });

  it('names of groups as they are where the catalogue lists none', () => {
    expect(lowered('in_group("any")', { ...ENV, groups: null }).expr).toEqual(['call', 'in_group', 'any', 'any']);
  });
});

describe('refuses', () => {
  it.each([
    [
      'event.contry == "DE"',
      'unknown-field at contry: unknown field "contry" of "event". known fields are "count", "country", "coupon", "day", "extra", "first", "first-name", "items" and 3 more | did you mean "country"?',
    ],
    [
      'event["contry"] == "DE"',
      'unknown-field at contry: unknown field "contry" of "event". known fields are "count", "country", "coupon", "day", "extra", "first", "first-name", "items" and 3 more | did you mean "country"?',
    ],
    [
      'contact.Purchase == null',
      'unknown-attribute at Purchase: unknown attribute "Purchase". known attributes are "First name", "Hobbies", "Purchases", "Vip", "email", "external_id", "mobile" and "timezone" | did you mean "Purchases"?',
    ],
    [
      'contact.FirstName == null',
      'unknown-attribute at FirstName: unknown attribute "FirstName". known attributes are "First name", "Hobbies", "Purchases", "Vip", "email", "external_id", "mobile" and "timezone" | did you mean contact["First name"]?',
    ],
    [
      'in_group("custmers")',
      'unknown-group at custmers: unknown group "custmers". known group is "customers" | did you mean "customers"?',
    ],
    [
      'steps.nuge.at == now',
      'unknown-step at nuge: unknown step "nuge". known steps are "later" and "nudge" | did you mean "nudge"?',
    ],
    [
      'steps.later.at == now',
      'step-not-passed at later: step "later" has no result here: not every path to this place has passed it. those that have are "nudge" | assign what you need to a variable on every path',
    ],
    ['lenght(event.country) == 1', 'unknown-function at lenght: unknown function "lenght" | write size(value)'],
    [
      'event.country.startWith("D")',
      'unknown-function at startWith: unknown function "startWith" | did you mean "startsWith"?',
    ],
    [
      'event.country.matches("a+")',
      'unknown-function at matches: unknown function "matches" | there are no regular expressions: use contains, startsWith or endsWith',
    ],
    [
      'count("ordr", now) > 1',
      'unknown-event at ordr: unknown event "ordr". known events are "order" and "visit" | did you mean "order"?',
    ],
    [
      'in_flow("welcom")',
      'unknown-flow at welcom: unknown flow "welcom". known flow is "welcome" | did you mean "welcome"?',
    ],
    [
      'count("order", now, 1) > 1',
      'wrong-arguments at count("order", now, 1): "count" takes the name of an event, in quotes, and the moment from which on it is counted | write count("order_placed", ago("30 days"))',
    ],
    [
      'count("order", event.country) > 1',
      'expression-type at event.country: "count" takes a timestamp or a date here, "event.country" is text | write ago("30 days") or run.entered_at',
    ],
    [
      'country == "DE"',
      'unknown-name at country: unknown name "country". known names are "contact", "event", "incoming", "now", "run", "steps", "trigger" and "vars" | did you mean "event.country"?',
    ],
    [
      'event.country == DE',
      `unknown-name at DE: unknown name "DE". known names are "contact", "event", "incoming", "now", "run", "steps", "trigger" and "vars" | text stands in quotes: 'DE'`,
    ],
    [
      'event.first-name == "Ada"',
      'unknown-name at event.first-name: a name with "-" in it stands in brackets: "event.first-name" is a subtraction | did you mean event["first-name"]?',
    ],
    [
      'vars.x == 1',
      'unknown-field at x: unknown variable "x". there is no variable | assign it on every path before this step',
    ],
    [
      'incoming.total > 1',
      'unknown-name at incoming: "incoming" has no meaning here: only "where" of a listener and the "then" of a wait_for look at an event | the event that started the run is "event"',
    ],
    [
      'contact[event.country]',
      'expression-type at event.country: an attribute is named, not computed: what it reads is planned before it runs | write contact["name"]',
    ],
    [
      'contact == null',
      'expression-type at contact: "contact" alone has no value: name an attribute | such as contact.email',
    ],
    [
      'in_group(event.country)',
      'wrong-arguments at in_group(event.country): "in_group" takes the name of one group, in quotes: what it reads is planned before it runs | write in_group("customers")',
    ],
  ])('an unknown name: %s', (source, problem) => {
    expect(problems(source)).toEqual([problem]);
  });

  it.each([
    [
      'event.total == "3"',
      `expression-type at event.total == "3": "event.total" is a number and "'3'" text: they are never equal | write the number without quotes: 3`,
    ],
    [
      'event.country == 3',
      'expression-type at event.country == 3: "event.country" is text and "3" a number: they are never equal | convert it: double(event.country)',
    ],
    [
      'event.placed > "2026-01-01"',
      `expression-type at event.placed > "2026-01-01": "event.placed" is a timestamp and "'2026-01-01'" text: neither comes before the other | write timestamp('2026-01-01')`,
    ],
    [
      'event.first == "true"',
      `expression-type at event.first == "true": "event.first" is true or false and "'true'" text: they are never equal | write it without quotes: true`,
    ],
    [
      'event.total in ["a"]',
      `expression-type at event.total in ["a"]: "event.total" is a number, the items of "['a']" are texts: it is never among them`,
    ],
    [
      '"a" in event.country',
      'expression-type at event.country: behind "in" stands a list, "event.country" is text | a part of a text: event.country.contains("a")',
    ],
    [
      'event.total && true',
      'expression-type at event.total: both sides of "&&" are true or false, "event.total" is a number',
    ],
    [
      'event.country + 1 == "x"',
      'expression-type at event.country + 1: "+" takes two numbers, two texts or two lists, "event.country" is text and "1" is a number | make a text of it: string(1)'.replace(
        '"1" is a',
        '"1" a',
      ),
    ],
    ['now - 3 < now', 'expression-type at now - 3: "-" does not count with times | write shift(now, "-3 days")'],
    [
      'event.items.price == 1',
      'expression-type at price: "event.items" is a list and has no field "price" | take one of its items, event.items[0], or look at all: event.items.exists(item, …)',
    ],
    ['event.total.x == 1', 'expression-type at x: "event.total" is a number and has no field "x"'],
    [
      'event.items.exists(i, i.price)',
      'expression-type at i.price: "i" is picked by a condition, "i.price" is a number',
    ],
    [
      'ago("30 dys") < now',
      'wrong-value at "30 dys": "30 dys" is no period: write one such as "30 days" or "2 hours 30 minutes"',
    ],
    [
      'date("2026-02-30") == null',
      'wrong-value at "2026-02-30": "2026-02-30" is no date or time: write one such as "2026-11-27" or "2026-11-27T09:00:00+01:00"',
    ],
    [
      'shift(now) == null',
      'wrong-arguments at shift(now): "shift" takes 2 arguments, found 1 | write shift(time, "30 days")',
    ],
    [
      'lower(event.total) == "x"',
      'expression-type at event.total: "lower" takes text here, "event.total" is a number | write lower(text)',
    ],
    ['event.count % 0 == 1', 'wrong-value at event.count % 0: a division by zero has no value'],
    [
      'event.total == 99999999999999999999',
      "wrong-value at 99999999999999999999: 99999999999999999999 is too large for a number | as text it keeps every digit: '99999999999999999999'",
    ],
  ])('what its type cannot do: %s', (source, problem) => {
    expect(problems(source)).toEqual([problem]);
  });

  it('a mistake once, and several mistakes together', () => {
    expect(problems('event.contry == 3 && event.totl > "a" && event.nope')).toHaveLength(3);
  });

  it.each<[string, Expected, string]>([
    [
      'event.total',
      'bool',
      'expression-type at event.total: expected a condition, true or false, "event.total" is a number | compare it with something, such as … == …',
    ],
    [
      'event.total',
      'text',
      'expression-type at event.total: expected text, "event.total" is a number | make a text of it by string(…)',
    ],
    [
      'event.country',
      'timestamp',
      'expression-type at event.country: expected a timestamp or a date, "event.country" is text | text becomes one by timestamp(…) or date(…)',
    ],
  ])('what the place does not take: %s as %s', (source, expected, problem) => {
    expect(problems(source, ENV, expected)).toEqual([problem]);
  });
});

describe('says where the syntax breaks', () => {
  it.each([
    ['', 'expression-syntax at : expected an expression, found nothing'],
    ['event.total = 1', 'expression-syntax at =: "=" is not an operator | write "=="'],
    ['event.total === 1', 'expression-syntax at ===: "===" is not an operator | write "=="'],
    ['event.total <> 1', 'expression-syntax at <>: "<>" is not an operator | write "!="'],
    ['event.first and event.first', 'expression-syntax at and: "and" is not an operator | write "&&"'],
    ['event.first OR event.first', 'expression-syntax at OR: "OR" is not an operator | write "||"'],
    ['not event.first', 'expression-syntax at not: "not" is not an operator | write "!"'],
    ['event.first & event.first', 'expression-syntax at &: "&" is not an operator | write "&&"'],
    ['event.country contains "a"', 'expression-syntax at contains: "contains" is a function | write a.contains(b)'],
    [
      "event.country == 'it's'",
      'expression-syntax at s: expected an operator before "s" | a quote inside text is written \\\'',
    ],
    ['event.country == "DE', 'expression-syntax at "DE: text is never closed: a double quote is missing'],
    ['event.country == “DE”', "expression-syntax at “: found the curly quote “ | text stands in straight quotes: 'DE'"],
    ['event.total >', 'expression-syntax at >: the expression ends too early'],
    ['(event.total > 1', 'expression-syntax at 1: a ")" is missing at the end'],
    [
      'event.in == 1',
      'expression-syntax at in: expected a field name behind ".", found "in" | write ["in"] for a field of that name',
    ],
    [
      '1 == ${event.total}',
      'expression-syntax at $: "${" has no place inside an expression | write the name alone: event.country',
    ],
    ['if event.first', 'expression-syntax at if: "if" is a reserved word | write condition ? value : other'],
    ['"\\d" == event.country', 'expression-syntax at \\d: unknown escape "\\d" | a backslash is written \\\\'],
    [
      'event.items.exists(1, true)',
      "expression-syntax at 1: the first argument names the item | write event.items.exists(item, item.sku == 'a')",
    ],
  ])('%s', (source, problem) => {
    expect(problems(source)).toEqual([problem]);
  });

  it('in expressions that are too large, without running out of stack', () => {
    for (const source of [
      '!'.repeat(100_000) + 'true',
      '('.repeat(5000) + '1',
      Array(2000).fill('event.first').join(' || '),
      `[${'1,'.repeat(6000)}1]`,
    ]) {
      expect(problems(source)[0]).toMatch(/^expression-syntax .*(too large|too deeply|ends too early)/s);
    }
  });
});

describe('warns of what may be missing', () => {
  it.each([
    'contact.Purchases == 0',
    'contact.Purchases != 0',
    'contact.Purchases > 3',
    'contact.Hobbies == ""',
    'contact.Vip == false',
    'event.day < now',
    'contact["First name"] == ""',
  ])('%s', (source) => {
    const compiled = compileExpression(source, ENV);
    expect(compiled.problems).toMatchObject([{ code: 'may-be-missing', severity: 'warning', start: 0 }]);
    expect(compiled.expr).toBeDefined();
  });

  it.each([
    'contact.Purchases == 3',
    'contact.Purchases == null',
    'default(contact.Purchases, 0) == 0',
    'contact.Purchases != null && contact.Purchases > 3',
    'contact.Purchases == null || contact.Purchases < 3',
    'has(event.coupon) ? event.coupon == "" : false',
    'event.total > 3',
    'event.extra > 3',
  ])('not of %s', (source) => {
    expect(problems(source)).toEqual([]);
  });

  it('of attributes that nobody declared', () => {
    expect(problems('contact.Purchases == 0', { ...ENV, contact: null })).toEqual([
      'may-be-missing at contact.Purchases: "contact.Purchases" may be missing, and then this comparison is false | say what counts instead: default(contact.Purchases, 0)',
    ]);
  });
});

it('merges the fields of several events', () => {
  const shapes = {
    a: {
      id: { type: 'string', optional: false },
      total: { type: 'int', optional: false },
      only: { type: 'bool', optional: false },
    },
    b: { id: { type: 'int', optional: false }, total: { type: 'double', optional: true } },
  } as const;
  expect(eventFields(shapes, ['a', 'b'])).toEqual({
    id: ANY,
    total: { is: 'number', missing: true },
    only: { is: 'bool', missing: true },
  });
  expect(eventFields(shapes, ['a', 'c'])).toBeNull();
  expect(eventFields(null, ['a'])).toBeNull();
});

it('types the functions that the evaluator has, no more and no fewer', () => {
  expect([...Object.keys(SIGNATURES), 'in_group', 'in_flow'].sort()).toEqual([...FUNCTION_NAMES].sort());
});

it('shows a part with its brackets', () => {
  expect(problems('!((event.total + 1)) || false')[0]).toMatch(/^expression-type at event.total \+ 1: "!" takes/);
  expect(problems('"a" + (event.total + 1)')).toEqual([
    `expression-type at "a" + (event.total + 1): "+" takes two numbers, two texts or two lists, "'a'" is text and "event.total + 1" a number | make a text of it: string(event.total + 1)`,
  ]);
});
