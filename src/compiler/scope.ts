/** What is known at a place of a flow: which steps every path to it has passed, which variables have values. */
import type { RawStep } from '../steps/definition.ts';
import type { Incoming } from './expressions/environment.ts';
import { type ExprType, type Fields, unify, withMissing } from './expressions/types.ts';

export interface Scope {
  /** ids of the steps that every path has passed */
  readonly passed: ReadonlySet<string>;
  /** variables that some path has assigned; `missing` where another has not */
  readonly vars: Fields;
  readonly incoming: Incoming;
  /** ids of the steps in the rounds around: each may have a result of an earlier round */
  readonly rounds?: ReadonlySet<string>;
}

export const START: Scope = {
  passed: new Set(),
  vars: {},
  incoming: { unavailable: 'only "where" of a listener and the "then" of a wait_for look at an event' },
};

export function withStep(scope: Scope, id: string): Scope {
  return { ...scope, passed: new Set([...scope.passed, id]) };
}

export function withVariable(scope: Scope, name: string, type: ExprType): Scope {
  return { ...scope, vars: { ...scope.vars, [name]: type } };
}

/** Inside the rounds of a `repeat`: what its steps leave behind may be there, from the second round on. */
export function withRounds(scope: Scope, steps: readonly RawStep[]): Scope {
  const all = steps.flatMap(withNested);
  const assigned = all.flatMap(({ kind, what }) =>
    kind === 'assign' && what.type === 'map' ? what.entries.map(({ key }) => key) : [],
  );
  const vars: { [name: string]: ExprType } = { ...scope.vars };
  for (const name of assigned) {
    const before = scope.vars[name];
    vars[name] = before === undefined ? { is: 'any', missing: true } : { is: 'any', missing: before.missing };
  }
  return { ...scope, vars, rounds: new Set([...(scope.rounds ?? []), ...all.map(({ id }) => id)]) };
}

function withNested(step: RawStep): RawStep[] {
  return [step, ...[...step.branches.values()].flatMap((list) => list.flatMap(withNested))];
}

/** Where paths join. Null is a path that has left the flow; null of nothing but such paths. */
export function join(scopes: readonly (Scope | null)[]): Scope | null {
  const open = scopes.filter((scope) => scope !== null);
  return open.length === 0 ? null : open.reduce(joinTwo);
}

function joinTwo(a: Scope, b: Scope): Scope {
  const vars: { [name: string]: ExprType } = {};
  for (const name of new Set([...Object.keys(a.vars), ...Object.keys(b.vars)])) {
    const left = a.vars[name];
    const right = b.vars[name];
    vars[name] = left !== undefined && right !== undefined ? unify(left, right) : maybe((left ?? right)!);
  }
  return { ...a, passed: new Set([...a.passed].filter((id) => b.passed.has(id))), vars };
}

function maybe(type: ExprType): ExprType {
  return type.is === 'any' ? type : withMissing(type, true);
}
