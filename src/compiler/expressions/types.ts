/** Types of expressions while compiling. `missing`: the value may be null because nobody supplied it. */
import type { EventShapes, Field, FieldType } from '../../plan/event.ts';

export type ExprType =
  | { readonly is: 'any' | 'null' | 'bool' | 'number' | 'text' | 'date' | 'timestamp'; readonly missing: boolean }
  | { readonly is: 'list'; readonly of: ExprType; readonly missing: boolean }
  /** `fields: null`: nothing is declared, any field goes */
  | { readonly is: 'object'; readonly fields: Fields | null; readonly missing: boolean };

export type Fields = { readonly [name: string]: ExprType };

export const ANY: ExprType = { is: 'any', missing: false };
export const NULL: ExprType = { is: 'null', missing: false };
export const BOOL: ExprType = { is: 'bool', missing: false };
export const NUMBER: ExprType = { is: 'number', missing: false };
export const TEXT: ExprType = { is: 'text', missing: false };
export const DATE: ExprType = { is: 'date', missing: false };
export const TIMESTAMP: ExprType = { is: 'timestamp', missing: false };

export function listOf(of: ExprType): ExprType {
  return { is: 'list', of, missing: false };
}

export function withMissing(type: ExprType, missing: boolean): ExprType {
  return type.missing === missing ? type : { ...type, missing };
}

/** The type of a declared field or attribute. Every number is one kind here, as JSON has only one. */
export function typeOf(declared: FieldType, missing: boolean): ExprType {
  if (typeof declared === 'object') {
    if ('list' in declared) return { is: 'list', of: typeOf(declared.list, false), missing };
    return { is: 'object', fields: fieldTypes(declared.fields), missing };
  }
  // what is declared as anything at all is not warned about
  if (declared === 'any') return ANY;
  return {
    is: declared === 'string' ? 'text' : declared === 'int' || declared === 'double' ? 'number' : declared,
    missing,
  };
}

function fieldTypes(fields: { readonly [name: string]: Field }): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, { type, optional }]) => [name, typeOf(type, optional)]));
}

/**
 * Fields of "one of these events", for `event` and `incoming`: a field that some of them lack may be missing, one whose
 * type differs is any. Null (not checked) where `shapes` is null or does not list one of them.
 */
export function eventFields(shapes: EventShapes | null, events: readonly string[]): Fields | null {
  const declared: Fields[] = [];
  for (const event of events) {
    if (shapes === null || !Object.hasOwn(shapes, event)) return null;
    declared.push(fieldTypes(shapes[event]!));
  }
  const merged: { [name: string]: ExprType } = {};
  for (const name of new Set(declared.flatMap((fields) => Object.keys(fields)))) {
    const found = declared.flatMap((fields) => (Object.hasOwn(fields, name) ? [fields[name]!] : []));
    const type = found.reduce(unify);
    merged[name] = found.length === declared.length || type.is === 'any' ? type : withMissing(type, true);
  }
  return merged;
}

/** The type of "one or the other". */
export function unify(a: ExprType, b: ExprType): ExprType {
  const missing = a.missing || b.missing;
  if (a.is === 'null') return withMissing(b, b.is !== 'any');
  if (b.is === 'null') return withMissing(a, a.is !== 'any');
  if (a.is === 'list' && b.is === 'list') return { is: 'list', of: unify(a.of, b.of), missing };
  if (a.is === 'object' && b.is === 'object') {
    const same = JSON.stringify(a.fields) === JSON.stringify(b.fields);
    return { is: 'object', fields: same ? a.fields : null, missing };
  }
  return a.is === b.is ? withMissing(a, missing) : { is: 'any', missing };
}

/** Whether two values of these types can ever be equal. Null goes with everything, a date with a timestamp. */
export function canEqual(a: ExprType, b: ExprType): boolean {
  if (isOpen(a) || isOpen(b)) return true;
  if (isMoment(a) && isMoment(b)) return true;
  if (a.is === 'list' && b.is === 'list') return canEqual(a.of, b.of);
  return a.is === b.is;
}

/** Nothing is known of it, so nothing can be wrong with it. */
export function isOpen(type: ExprType): boolean {
  return type.is === 'any' || type.is === 'null';
}

export function isMoment(type: ExprType): boolean {
  return type.is === 'date' || type.is === 'timestamp';
}

/** In a sentence: `a number`. */
export function describe(type: ExprType): string {
  return WORDS[type.is];
}

const WORDS: { readonly [is in ExprType['is']]: string } = {
  any: 'anything',
  null: 'null',
  bool: 'true or false',
  number: 'a number',
  text: 'text',
  date: 'a date',
  timestamp: 'a timestamp',
  list: 'a list',
  object: 'an object',
};
