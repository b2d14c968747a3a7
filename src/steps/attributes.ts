/** Profile attributes as steps write them: of `set`, `unset` and the `set` of messages. */
import { canEqual, describe, type ExprType, isOpen, typeOf } from '../compiler/expressions/types.ts';
import { unknownAttribute, wrongAttributeType } from '../diagnostics/codes-names.ts';
import { wrongType } from '../diagnostics/codes-shape.ts';
import type { FieldType } from '../plan/event.ts';
import type { Expr } from '../plan/expression.ts';
import { parseTime } from '../plan/iso-time.ts';
import type { Entry, YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import type { StepContext, TypedExpr } from './definition.ts';

export function lowerAttributes(node: YamlNode | undefined, context: StepContext): { [attribute: string]: Expr } {
  const entries = node?.type === 'map' ? node.entries : [];
  return Object.fromEntries(entries.map((one) => [one.key, lowerAttribute(one, context)]));
}

function lowerAttribute({ key, keySpan, value }: Entry, context: StepContext): Expr {
  checkAttribute(key, keySpan, context);
  if (value.type === 'scalar' && value.value === null) {
    context.report(
      keySpan,
      wrongType(`the value of "${key}"`, 'a text, number or expression; the step "unset" clears', 'nothing'),
    );
    return null;
  }
  const typed = context.value(value);
  const declared = context.project.attributes?.[key];
  if (declared !== undefined && !fits(declared, typed)) {
    context.report(value.span, wrongAttributeType(key, typeName(declared), describe(typed.type)));
  } else if (declared === 'int' && isFraction(typed.expr)) {
    context.report(value.span, wrongAttributeType(key, 'int', String(typed.expr)));
  }
  return typed.expr;
}

export function checkAttribute(
  name: string,
  span: Span,
  { project, report }: Pick<StepContext, 'project' | 'report'>,
): void {
  const known = project.attributes;
  if (known !== null && !Object.hasOwn(known, name)) report(span, unknownAttribute(name, Object.keys(known)));
}

/** A number as the author wrote it that no whole number is. */
export function isFraction(expr: Expr): boolean {
  return typeof expr === 'number' && !Number.isInteger(expr);
}

/** Mapp keeps a text for whatever a text attribute is given; dates and timestamps are texts in YAML. */
function fits(declared: FieldType, { expr, type }: TypedExpr): boolean {
  if (isOpen(type)) return true;
  if (declared === 'string') return type.is !== 'list' && type.is !== 'object';
  if (type.is === 'text' && isMomentType(declared)) return typeof expr !== 'string' || parseTime(expr) !== null;
  return canEqual(typeOf(declared, true), type as ExprType);
}

function isMomentType(declared: FieldType): boolean {
  return declared === 'date' || declared === 'timestamp';
}

/** A declared type, in a sentence. */
export function typeName(declared: FieldType): string {
  if (typeof declared === 'string') return declared;
  return 'list' in declared ? 'a list' : 'a map';
}
