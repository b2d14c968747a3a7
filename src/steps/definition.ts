/** What a step kind is to the compiler: its keys, their docs, its part of the plan. One per folder, beside its `run.ts`. */
import type * as z from 'zod';
import type { Incoming } from '../compiler/expressions/environment.ts';
import type { ExprType, Fields } from '../compiler/expressions/types.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import type { Listener, PlanSteps, StepKind } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import type { MapNode, YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';

/** One key an author may write. The schema's description says what is accepted; `doc` what it does. */
export interface KeyDefinition {
  readonly schema: z.ZodType;
  readonly doc: string;
}

export interface StepDefinition<K extends StepKind> {
  readonly kind: K;
  /** one sentence, for the docs */
  readonly summary: string;
  readonly cost: Cost;
  /** the value of the kind's own key */
  readonly what: KeyDefinition;
  /** the keys beside it, except those of every step */
  readonly settings: { readonly [key: string]: KeyDefinition };
  /** a step of this kind always leaves the flow */
  readonly leaves?: true;
  /**
   * Checks what a schema cannot, and makes the kind's part of the plan. Always answers: after an error the plan is
   * thrown away.
   */
  lower(step: RawStep, context: StepContext): Lowered<K>;
}

/** What a person who passes a step costs in Temporal: `docs/costs.ts` has the numbers. */
export type Cost = 'nothing' | 'effect' | 'timer' | 'answer' | 'call';

export type Lowered<K extends StepKind> = Omit<PlanSteps[K], 'kind' | 'id' | 'name' | 'if' | 'reads' | 'next'>;

/** A step as written, with values of a wrong form marked broken (they have their diagnostics). */
export interface RawStep {
  readonly kind: StepKind;
  readonly id: string;
  /** the author gave the id: expressions may name it */
  readonly named: boolean;
  readonly node: MapNode;
  readonly kindSpan: Span;
  readonly what: YamlNode;
  readonly settings: ReadonlyMap<string, Setting>;
  /** the settings that unknown keys may have been meant for; such a key has its diagnostic */
  readonly misspelt: readonly string[];
  /** steps inside, by the list that holds them */
  readonly branches: ReadonlyMap<YamlNode, readonly RawStep[]>;
}

export interface Setting {
  readonly keySpan: Span;
  /** from the flow's `defaults`: where it has no meaning, it is none of the step's */
  readonly inherited?: true;
  readonly node: YamlNode;
}

/** What lowering may ask of the compiler. */
export interface StepContext {
  readonly project: Project;
  /** id of the step behind this one */
  readonly next: string | null;
  report(span: Span, finding: Finding): void;
  /** an expression, bare or as `"${…}"`; its reads become the step's */
  expression(node: YamlNode, expect: 'bool' | 'any' | 'timestamp'): TypedExpr;
  /** a scalar: a text with `${…}`, one that is nothing but `${…}`, a number, true or false */
  scalar(node: YamlNode): TypedExpr;
  /** any value: texts at any depth may hold `${…}` */
  value(node: YamlNode): TypedExpr;
  /** Lowers a list of steps inside this one and answers where it begins; without a list, `next`. */
  branch(list: YamlNode | undefined, incoming?: Incoming): string | null;
  /** the listeners of `wait_for`, each with its entry (null where it is a bare name) */
  listeners(node: YamlNode, beside: ReadonlyMap<string, Setting>): readonly WaitListener[];
  /** `incoming` behind a listener of one of these events, and its type */
  waitedFor(events: readonly string[]): { readonly incoming: Incoming; readonly type: ExprType };
  /** fields of `steps.id` beyond `outcome` and `at`; to be told before `branch` is asked */
  result(fields: Fields): void;
  /** a variable has a value from here on */
  assigned(name: string, type: ExprType): void;
  /** what the step itself looks at in the store, whatever its expressions read */
  needs(reads: Partial<Reads>): void;
  /**
   * Lowers the steps of rounds, the last of which go back to this step, and the condition looked at before each.
   * `body`: the first step; null for an empty list.
   */
  loop(list: YamlNode, until: YamlNode | undefined): { readonly body: string | null; readonly until: Expr | null };
  /** groups are chosen at run time: the plan has to carry their names and ids */
  needsGroups(): void;
}

export interface WaitListener {
  readonly on: Listener;
  /** the list of steps in the listener's own entry */
  readonly then: YamlNode | undefined;
}

export interface TypedExpr {
  readonly expr: Expr;
  readonly type: ExprType;
}
