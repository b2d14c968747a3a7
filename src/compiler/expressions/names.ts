/** Names and the fields behind them. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Place } from '../../diagnostics/expression-problem.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { known, quoted, quotedList } from '../../diagnostics/words.ts';
import { ROOTS } from '../../plan/expression.ts';
import { nameOf, pathOf } from '../../plan/reads.ts';
import { contactFields, RUN_FIELDS, TRIGGER_FIELDS, UNDECLARED_ATTRIBUTE } from './environment.ts';
import {
  insideQuotes,
  type Lowered,
  quotedPart,
  report,
  reportUnknown,
  requireType,
  textLiteral,
  textOf,
  UNKNOWN,
  type Walk,
} from './lowering.ts';
import { ANY, describe, type ExprType, type Fields, isOpen, TIMESTAMP, withMissing } from './types.ts';

/** Words of other languages, and common guesses. */
const MEANT: { readonly [name: string]: string } = {
  True: 'true',
  TRUE: 'true',
  False: 'false',
  FALSE: 'false',
  None: 'null',
  NULL: 'null',
  nil: 'null',
  undefined: 'null',
  today: 'date(now)',
  user: 'contact',
  profile: 'contact',
};

/** A name on its own. */
export function lowerName(ast: ASTNode & { op: 'id' }, walk: Walk): Lowered {
  const name = ast.args;
  if (Object.hasOwn(walk.locals, name)) return { expr: ['var', name], type: walk.locals[name] ?? ANY };
  const { env } = walk;
  switch (name) {
    case 'now':
      return { expr: ['get', 'now'], type: TIMESTAMP };
    case 'event':
      return objectAt(['event'], env.event);
    case 'vars':
      return objectAt(['vars'], env.vars);
    case 'trigger':
      return objectAt(['trigger'], TRIGGER_FIELDS);
    case 'run':
      return objectAt(['run'], RUN_FIELDS);
    case 'contact':
      return { ...objectAt(['contact'], contactFields(env)), only: 'contact' };
    case 'steps':
      return { ...objectAt(['steps'], null), only: 'steps' };
    case 'incoming':
      if ('fields' in env.incoming) return objectAt(env.incoming.path ?? ['incoming'], env.incoming.fields);
      return report(walk, ast, 'unknown-name', `"incoming" has no meaning here: ${env.incoming.unavailable}`, {
        help: 'the event that started the run is "event"',
      });
    default:
      return unknownName(name, ast, walk);
  }
}

function objectAt(path: readonly string[], fields: Fields | null): Lowered {
  return { expr: ['get', ...path], type: { is: 'object', fields, missing: false } };
}

function unknownName(name: string, place: Place, walk: Walk): Lowered {
  const names = [...ROOTS, ...Object.keys(walk.locals)];
  const message = `unknown name ${quoted(name)}. ${known('name', names)}`;
  const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : ownerOf(name, walk);
  if (meant !== undefined) {
    return report(walk, place, 'unknown-name', message, { help: `did you mean "${meant}"?`, replacement: meant });
  }
  return reportUnknown(walk, place, 'unknown-name', message, name, names, `text stands in quotes: '${name}'`);
}

/** Whether something can be meant by the name standing alone. */
export function isKnownName(name: string, walk: Walk): boolean {
  return (ROOTS as readonly string[]).includes(name) || Object.hasOwn(walk.locals, name);
}

/** `event.country` for a bare `country` */
function ownerOf(name: string, walk: Walk): string | undefined {
  const { event, contact, vars, steps } = walk.env;
  for (const [owner, fields] of Object.entries({ event, contact, vars, steps })) {
    if (fields !== null && Object.hasOwn(fields, name)) return nameOf([owner, name]);
  }
  return undefined;
}

/** `a.b` and `a["b"]` alike; `a[0]`. */
export function lowerAccess(ast: ASTNode & { op: '.' | '[]' }, walk: Walk): Lowered {
  const base = ast.args[0].op === 'id' ? lowerName(ast.args[0], walk) : walk.lower(ast.args[0], walk);
  const name = typeof ast.args[1] === 'string' ? ast.args[1] : textLiteral(ast.args[1]);
  if (name === null) return lowerIndex(ast as ASTNode & { op: '[]' }, base, walk);
  // the name alone is marked, not what stands before it
  const place =
    typeof ast.args[1] === 'string' ? { start: ast.end - name.length, end: ast.end } : insideQuotes(ast.args[1], name);
  if (base === UNKNOWN) return UNKNOWN;
  const before = pathOf(base.expr);
  const path = before === null ? null : [...before, name];
  const expr: Lowered['expr'] = path === null ? ['field', base.expr, name] : ['get', ...path];
  if (base.only === 'steps') return lowerStep(name, place, expr, walk);
  const type = fieldType(base, name, { place, owner: ast.args[0], end: ast.end }, walk);
  if (type === null) return UNKNOWN;
  const isThere = path !== null && walk.present.has(nameOf(path));
  return { expr, type: isThere ? withMissing(type, false) : type };
}

function fieldType(
  base: Lowered,
  name: string,
  at: { place: Place; owner: Place; end: number },
  walk: Walk,
): ExprType | null {
  const { type } = base;
  if (isOpen(type)) return ANY;
  const owner = textOf(walk, at.owner);
  if (type.is !== 'object') {
    const help =
      type.is === 'list' ? `take one of its items, ${owner}[0], or look at all: ${owner}.exists(item, …)` : undefined;
    const message = `${quoted(owner)} is ${describe(type)} and has no field ${quoted(name)}`;
    report(walk, at.place, 'expression-type', message, help === undefined ? {} : { help });
    return null;
  }
  if (type.fields === null) return base.only === 'contact' ? UNDECLARED_ATTRIBUTE : ANY;
  if (Object.hasOwn(type.fields, name)) {
    const found = type.fields[name] ?? ANY;
    return type.missing && !isOpen(found) ? withMissing(found, true) : found;
  }
  const names = Object.keys(type.fields);
  const noun = base.only === 'contact' ? 'attribute' : owner === 'vars' ? 'variable' : 'field';
  const code = noun === 'attribute' ? 'unknown-attribute' : 'unknown-field';
  const of = noun === 'field' ? ` of ${quoted(owner)}` : '';
  const message = `unknown ${noun} ${quoted(name)}${of}. ${known(noun, names)}`;
  const close = nearest(name, names);
  if (close !== undefined && nameOf([owner, close]) !== `${owner}.${close}` && at.place.end === at.end) {
    // behind a dot it could not stand
    report(walk, at.place, code, message, { help: `did you mean ${nameOf([owner, close])}?` });
  } else {
    const help = noun === 'variable' ? 'assign it on every path before this step' : undefined;
    reportUnknown(walk, at.place, code, message, name, names, help);
  }
  return null;
}

function lowerStep(id: string, place: Place, expr: Lowered['expr'], walk: Walk): Lowered {
  const { steps } = walk.env;
  if (!Object.hasOwn(steps, id)) {
    const message = `unknown step ${quoted(id)}. ${known('step', Object.keys(steps))}`;
    return reportUnknown(walk, place, 'unknown-step', message, id, Object.keys(steps), 'a step is named by its "id"');
  }
  const { passed = false, missing = false, fields = null } = steps[id] ?? {};
  if (!passed) {
    const open = Object.keys(steps).filter((other) => steps[other]?.passed);
    const before = open.length === 0 ? 'no step with an id has' : `those that have are ${quotedList(open)}`;
    const message = `step ${quoted(id)} has no result here: not every path to this place has passed it. ${before}`;
    return report(walk, place, 'step-not-passed', message, {
      help: 'assign what you need to a variable on every path',
    });
  }
  return { expr, type: { is: 'object', fields, missing } };
}

function lowerIndex(ast: ASTNode & { op: '[]' }, base: Lowered, walk: Walk): Lowered {
  const [owner, key] = ast.args;
  const index = walk.lower(key, walk);
  if (base.only !== undefined) {
    const noun = base.only === 'contact' ? 'an attribute' : 'a step';
    return report(
      walk,
      key,
      'expression-type',
      `${noun} is named, not computed: what it reads is planned before it runs`,
      {
        help: `write ${base.only}["name"]`,
      },
    );
  }
  const { type } = base;
  const expr: Lowered['expr'] = ['index', base.expr, index.expr];
  if (isOpen(type)) return { expr, type: ANY };
  if (type.is === 'list') {
    const isNumber = requireType(walk, key, index, ['number'], 'an item of a list is named by its number, from 0');
    return isNumber ? { expr, type: withMissing(type.of, !isOpen(type.of)) } : UNKNOWN;
  }
  if (type.is === 'object') {
    return requireType(walk, key, index, ['text'], 'a field is named by text') ? { expr, type: ANY } : UNKNOWN;
  }
  return report(walk, ast, 'expression-type', `${quotedPart(walk, owner)} is ${describe(type)} and has no items`);
}
