/** Functions that ask the store: what they read is planned before the step runs. `in_group` stands in `calls.ts`. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { known, quoted } from '../../diagnostics/words.ts';
import { readsAnything, readsOf, usesVariable } from '../../plan/reads.ts';
import {
  insideQuotes,
  type Lowered,
  report,
  reportUnknown,
  requireType,
  textLiteral,
  UNKNOWN,
  type Walk,
} from './lowering.ts';
import { BOOL, NUMBER, withMissing } from './types.ts';

/** `in_flow("name")`: whether the contact is inside the flow now. */
export function lowerInFlow(ast: ASTNode, args: readonly ASTNode[], walk: Walk): Lowered {
  const [arg] = args;
  const name = arg === undefined ? null : textLiteral(arg);
  if (args.length !== 1 || arg === undefined || name === null) {
    const message = '"in_flow" takes the name of one flow, in quotes: what it reads is planned before it runs';
    return report(walk, ast, 'wrong-arguments', message, { help: 'write in_flow("welcome")' });
  }
  const flows = walk.env.flows ?? null;
  if (flows !== null && !flows.includes(name)) {
    const message = `unknown flow ${quoted(name)}. ${known('flow', flows)}`;
    return reportUnknown(walk, insideQuotes(arg, name), 'unknown-flow', message, name, flows);
  }
  return { expr: ['call', 'in_flow', name], type: BOOL };
}

/** `count("event", since)`: the contact's events since a moment. */
export function lowerCount(ast: ASTNode, args: readonly ASTNode[], walk: Walk): Lowered {
  const [event, since] = args;
  const name = event === undefined ? null : textLiteral(event);
  if (args.length !== 2 || event === undefined || since === undefined || name === null) {
    const message = '"count" takes the name of an event, in quotes, and the moment from which on it is counted';
    return report(walk, ast, 'wrong-arguments', message, { help: 'write count("order_placed", ago("30 days"))' });
  }
  const events = walk.env.events ?? null;
  if (events !== null && !events.includes(name)) {
    const message = `unknown event ${quoted(name)}. ${known('event', events)}`;
    return reportUnknown(walk, insideQuotes(event, name), 'unknown-event', message, name, events);
  }
  const moment = walk.lower(since, walk);
  const where = '"count" takes a timestamp or a date here';
  if (!requireType(walk, since, moment, ['timestamp', 'date'], where, 'write ago("30 days") or run.entered_at')) {
    return UNKNOWN;
  }
  if (readsAnything(readsOf(moment.expr)) || usesVariable(moment.expr)) {
    const message = 'events are counted before the step looks at the contact: the moment cannot depend on that';
    const help = 'assign it to a variable in a step before: assign: { since: … }, then count(…, vars.since)';
    return report(walk, since, 'wrong-arguments', message, { help });
  }
  return { expr: ['count', name, moment.expr], type: withMissing(NUMBER, moment.type.missing) };
}
