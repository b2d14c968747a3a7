/** Events that somebody waits for in vain: what can be told without knowing a person. */
import { alwaysFalse, neverSent } from '../diagnostics/codes-flow.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { evaluate, type Scope, truthy } from '../plan/evaluate.ts';
import type { Expr } from '../plan/expression.ts';
import type { Project } from '../plan/project.ts';
import { isTuple } from '../plan/reads.ts';
import { reservedEvent } from '../plan/reserved-events.ts';
import { textOf } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import { insertsExpression } from '../steps/inserts.ts';
import type { NamedEvent } from './named-event.ts';
import type { Send } from './reserved-keys.ts';

/** `where`: the lowered condition, null where there is none or it has a mistake. */
export function falseCondition(where: Expr, event: string): Finding | null {
  return where !== null && isFalse(where) ? alwaysFalse(event) : null;
}

/** An entry of `exit_on`, `goal` or `wait_for` with a message is about that message as this run sent it. */
export function unsentMessage(
  { name, shorthand }: NamedEvent,
  sends: readonly Send[],
  messages: Project['messages'],
): { readonly span: Span; readonly finding: Finding } | null {
  const message = shorthand === null ? null : textOf(shorthand.value);
  if (shorthand === null || message === null || reservedEvent(name)?.main !== 'message') return null;
  const isKnown = (one: string) => messages === null || Object.hasOwn(messages, one);
  if (insertsExpression(message) || !isKnown(message)) return null;
  // A send whose own message is a mistake may have meant this one.
  const sent = sends.map((send) => send.message);
  if (sent.some((one) => one === null || one === message || !isKnown(one))) return null;
  return {
    span: shorthand.value.span,
    finding: neverSent(
      name,
      message,
      sent.flatMap((one) => one ?? []),
    ),
  };
}

function isFalse(expr: Expr): boolean {
  if (!isTuple(expr)) return expr === false;
  const [operation, ...parts] = expr;
  if (operation === 'and') return parts.some(isFalse);
  if (operation === 'or') return parts.every(isFalse);
  return isConstant(expr) && !truthy(evaluate(expr, NOBODY));
}

/** Operations whose value is not the same for every person, event and moment; functions count among them, as some read the clock. */
const VARY: ReadonlySet<string> = new Set(['get', 'var', 'count', 'call']);

function isConstant(expr: Expr): boolean {
  return !isTuple(expr) || (!VARY.has(expr[0]) && expr.slice(1).every(isConstant));
}

const NOBODY: Scope = {
  event: {},
  incoming: {},
  trigger: {},
  contact: {},
  vars: {},
  steps: {},
  run: {},
  now: '1970-01-01T00:00:00.000Z',
  timezone: 'UTC',
  groups: {},
};
