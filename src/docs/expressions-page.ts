/** `docs/expressions.md`: names, operators and functions, with values that the evaluator really gives. */
import { compileExpression } from '../compiler/expressions/compile-expression.ts';
import { type ExpressionEnv, OPEN_ENV, RUN_FIELDS, TRIGGER_FIELDS } from '../compiler/expressions/environment.ts';
import { MACROS } from '../compiler/expressions/macros.ts';
import { SIGNATURES } from '../compiler/expressions/signatures.ts';
import { evaluate, type Scope } from '../plan/evaluate.ts';
import type { ROOTS } from '../plan/expression.ts';
import { FORMAT_LETTERS } from '../plan/format-time.ts';
import { EXAMPLE_EVENTS, EXAMPLE_PERSON, EXAMPLE_START } from './example-person.ts';
import { FUNCTION_GROUPS, type FunctionDoc } from './function-docs.ts';
import { fenced, generatedFrom, page, table } from './markdown.ts';

const ZONE = 'Europe/Berlin';
const ENV: ExpressionEnv = { ...OPEN_ENV, timezone: ZONE };

const SCOPE: Scope = {
  event: EXAMPLE_EVENTS.newsletter_signup!,
  incoming: {},
  trigger: {},
  contact: EXAMPLE_PERSON.attributes,
  vars: {},
  steps: {},
  run: {},
  now: new Date(EXAMPLE_START).toISOString(),
  timezone: ZONE,
  groups: {},
};

const NAMES: { readonly [name in (typeof ROOTS)[number]]: string } = {
  event: 'Fields of the event that started the run: `event.country`. Frozen, and the same everywhere.',
  incoming:
    'Fields of the event being looked at: in `where` of `exit_on` and `wait_for`, and inside the `then` of a `wait_for`. In `on.where` it is the same as `event`.',
  trigger: `About the starting event: ${fields(TRIGGER_FIELDS)}.`,
  contact:
    'Identifiers (`email`, `mobile`, `external_id`), `timezone`, and profile attributes, read when the step runs. What this run wrote before is seen. Of an attribute whose name is no word: `contact["Loyalty Tier"]`.',
  vars: 'Variables set by the step `assign`: null where this path has not assigned it, a diagnostic where no path has.',
  steps:
    'Results of earlier steps by `id`, where every path has passed them: `steps.nudge.outcome`, `.at`, of messages `.opened` and `.clicked` so far, and what the kind adds (see the page of the kind).',
  run: `About this run: ${fields(RUN_FIELDS)}.`,
  now: 'The time of this step, a timestamp.',
};

const OPERATORS: readonly (readonly string[])[] = [
  ['`==` `!=`', 'Equal, or not. Null is a value of its own.', '`null == null`'],
  ['`<` `<=` `>` `>=`', 'Of numbers, texts, dates and timestamps; false with null.', '`3 < null`'],
  ['`in`', 'An item of a list; false with null.', '`"DE" in ["DE", "AT"]`'],
  ['`&&` `||` `!`', 'And, or, not; only true is true.', '`!(true && false)`'],
  ['`+` `-` `*` `/` `%`', 'Arithmetic; null with null. `+` also joins texts.', '`7 % 4`'],
  ['`a ? b : c`', 'One or the other.', '`2 > 1 ? "yes" : "no"`'],
  ['`a.b` `a["b"]` `a[0]`', 'A field, or an item counted from 0; null where there is none.', '`[5, 20][1]`'],
];

export function expressionsPage(): string {
  return page(
    generatedFrom('the function table of the compiler'),
    '# Expressions',
    'Conditions (`where`, `check`, `until`, `if`, `key`, `switch`) are [CEL](https://cel.dev) expressions, written bare or as `"${…}"`. In any other text, `${…}` inserts one; a value that is nothing but `"${…}"` keeps its type, and `$${` is a literal `${`. They are parsed, resolved and typed when the flow is compiled, and pure: no clock but `now`, no randomness.',
    fenced('yaml', EXAMPLE),
    "Quote an expression that begins with `!`, `'`, `\"`, `[`, `{` or `@`, that contains `: ` or ` #`, or that stands inside `{ }` and holds a comma or any of `[ ] { }`. CEL takes 'single quotes' too.",
    '## Names',
    table(
      ['name', 'is'],
      Object.entries(NAMES).map(([name, is]) => [`\`${name}\``, is]),
    ),
    '## Null',
    NULL_RULES,
    '## Operators',
    table(
      ['', '', 'example'],
      OPERATORS.map(([operator, does, example]) => [operator!, does!, shown(example!.replaceAll('`', ''))]),
    ),
    '## Functions',
    `\`f(a, b)\` and \`a.f(b)\` mean the same. The examples have \`now\` at ${new Date(EXAMPLE_START).toISOString()} and a flow in ${ZONE}.`,
    ...Object.entries(FUNCTION_GROUPS).map(([group, functions]) => `### ${group}\n\n${functionTable(functions)}`),
    `Patterns of \`format\` know ${FORMAT_LETTERS.map((letters) => `\`${letters}\``).join(', ')}, and \`'text in quotes'\`. There are no regular expressions.`,
  );
}

const EXAMPLE = `- check: event.country in ["DE", "AT"] && default(contact.Purchases, 0) == 0
  then:
    - send_email: welcome
      with: { first: "\${trim(contact.FirstName)}", coupon: "\${event.coupon}-\${format(now, 'yyyy')}" }
`;

const NULL_RULES = `A missing field is null, never an error. Arithmetic with null gives null; a null list is empty. In text, null is empty; as a parameter
or an attribute it is left out; it never satisfies \`match\`. As a period, a moment or a URL it fails the step, which parks.

Comparing something that may be missing with \`0\`, \`false\`, \`""\` or by \`<\` without \`default\` is a warning: say what is meant.
Fields that \`mapp.yaml\` declares are converted to their type on arrival, as producers send texts; what cannot be converted is
null. Nothing else converts by itself: write \`int(…)\`, \`string(…)\`.`;

function functionTable(functions: { readonly [name: string]: FunctionDoc }): string {
  return table(
    ['function', 'gives', 'examples'],
    Object.entries(functions).map(([name, { does, examples }]) => [
      `\`${usageOf(name)}\``,
      does,
      examples.map(shown).join('<br>'),
    ]),
  );
}

const OWN_USAGE: { readonly [name: string]: string } = {
  has: 'has(event.coupon)',
  in_group: 'in_group("customers")',
  in_flow: 'in_flow("welcome")',
  count: 'count("order_placed", ago("30 days"))',
};

function usageOf(name: string): string {
  if (Object.hasOwn(MACROS, name)) return `list.${name}(item, …)`;
  const usage = SIGNATURES[name]?.usage ?? OWN_USAGE[name];
  if (usage === undefined) throw new Error(`src/docs/function-docs.ts has "${name}", which is no function`);
  return usage;
}

/** \`1 + 1\` → 2, as the evaluator computes it. */
function shown(expression: string): string {
  const { expr, problems } = compileExpression(expression, ENV);
  if (expr === undefined) throw new Error(`docs: ${expression} does not compile: ${JSON.stringify(problems)}`);
  return `\`${expression}\` → \`${JSON.stringify(evaluate(expr, SCOPE))}\``;
}

/** Every function of the language, to compare with what the page tells. */
export const LANGUAGE_FUNCTIONS: readonly string[] = [
  ...Object.keys(SIGNATURES),
  ...Object.keys(MACROS),
  ...Object.keys(OWN_USAGE),
];

function fields(of: object): string {
  return Object.keys(of)
    .map((name) => `\`${name}\``)
    .join(', ');
}
