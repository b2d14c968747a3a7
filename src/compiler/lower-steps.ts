/** Nested steps to flat ones, each with its `next`; what every path knows is carried along. */
import { deadStep } from '../diagnostics/codes-flow.ts';
import { noExpressionHere } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { EventShapes } from '../plan/event.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import type { PlanStep, StepKind } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { mergeReads, NO_READS, readsAnything } from '../plan/reads.ts';
import { child, textOf, type YamlNode } from '../source/node.ts';
import type { RawStep, Setting, StepContext, StepDefinition } from '../steps/definition.ts';
import { definitions } from '../steps/definitions.ts';
import { insertsExpression } from '../steps/inserts.ts';
import { eventsAt } from './events.ts';
import { anyValue, bareExpression, type ExpressionTools, scalarValue } from './expression-node.ts';
import { type ExpressionEnv, type Incoming, REACTIONS, type StepFacts, stepFields } from './expressions/environment.ts';
import { eventFields, type Fields } from './expressions/types.ts';
import { lowerListeners } from './listeners.ts';
import { sendsOf } from './reserved-keys.ts';
import { join, type Scope, withRounds, withStep, withVariable } from './scope.ts';

/** What holds for the whole flow. */
export interface FlowFacts {
  readonly project: Project;
  readonly shapes: EventShapes;
  readonly reporter: Reporter;
  /** names of the starting events */
  readonly starting: readonly string[];
  readonly keyed: boolean;
  readonly timezone: string;
  /** every step in file order */
  readonly all: readonly RawStep[];
  /** the flow's `defaults` */
  readonly defaults: ReadonlyMap<string, Setting>;
}

export class StepLowering {
  /** by id */
  readonly steps = new Map<string, PlanStep>();
  needsGroups = false;
  private readonly facts: FlowFacts;
  private readonly results = new Map<string, Fields>();
  private readonly event: Fields | null;

  constructor(facts: FlowFacts) {
    this.facts = facts;
    const { shapes, starting } = facts;
    // Without a name that can be read, any field goes: the mistake in `on` has its diagnostic.
    this.event = starting.length === 0 ? null : eventFields(shapes, starting);
  }

  /** What expressions may name at a place. */
  env({ passed, vars, incoming, rounds }: Scope): ExpressionEnv {
    const { project, all, timezone } = this.facts;
    const named = all.filter((step) => step.named);
    const sends = new Set(sendsOf(all).map((send) => send.id));
    const steps = Object.fromEntries(
      named.map(({ id }): [string, StepFacts] => {
        return [id, this.stepFacts(id, passed.has(id), { round: rounds?.has(id) === true, send: sends.has(id) })];
      }),
    );
    return {
      event: this.event,
      incoming,
      contact: project.attributes,
      vars,
      steps,
      groups: project.groups,
      events: project.events === null ? null : eventsAt(project, 'count'),
      flows: project.flows ?? null,
      timezone,
    };
  }

  /** `round`: it stands in the rounds around, and has a result from the second one on. `send`: it sends a message. */
  private stepFacts(
    id: string,
    passed: boolean,
    { round, send }: { readonly round: boolean; readonly send: boolean },
  ): StepFacts {
    const fields = stepFields({ ...this.results.get(id), ...(send && REACTIONS) });
    if (passed || !round) return { passed, fields };
    return { passed: true, missing: true, fields: this.results.has(id) || this.steps.has(id) ? fields : null };
  }

  /** Lowers a list; the last step goes on to `next`. Answers what is known behind it, null when nobody comes out. */
  lowerList(list: readonly RawStep[], next: string | null, scope: Scope): Scope | null {
    let known: Scope = scope;
    let leftAt: RawStep | null = null;
    let reported = false;
    for (const [at, step] of list.entries()) {
      if (leftAt !== null && !reported) {
        reported = true;
        this.facts.reporter.report(
          step.kindSpan,
          deadStep(leftAt.kind === 'exit' ? 'exit' : 'branches', leftAt.kindSpan),
        );
      }
      const behind = this.lowerStep(step, list[at + 1]?.id ?? next, known);
      if (behind === null) leftAt = leftAt ?? step;
      else known = behind;
    }
    return leftAt === null ? known : null;
  }

  private lowerStep(step: RawStep, next: string | null, scope: Scope): Scope | null {
    const lowering = new OneStep(this, this.facts, step, next, scope);
    return lowering.lower();
  }

  keepResult(id: string, fields: Fields): void {
    this.results.set(id, fields);
  }
}

class OneStep {
  private readonly flow: StepLowering;
  private readonly facts: FlowFacts;
  private readonly step: RawStep;
  private readonly next: string | null;
  private readonly scope: Scope;
  /** the scope once the step itself is done */
  private after: Scope;
  private readonly exits: (Scope | null)[] = [];
  private reads: Reads = NO_READS;

  constructor(flow: StepLowering, facts: FlowFacts, step: RawStep, next: string | null, scope: Scope) {
    this.flow = flow;
    this.facts = facts;
    this.step = withDefaults(step, facts.defaults);
    this.next = next;
    this.scope = scope;
    this.after = step.named ? withStep(scope, step.id) : scope;
  }

  lower(): Scope | null {
    const { step, next } = this;
    const condition = step.settings.get('if');
    const nameNode = step.settings.get('name')?.node;
    const name = textOf(nameNode);
    if (name !== null && insertsExpression(name))
      this.facts.reporter.report(nameNode!.span, noExpressionHere('"name"'));
    const guard = condition === undefined ? undefined : bareExpression(condition.node, 'bool', this.tools()).expr;
    const own = this.definition().lower(step, this.context());
    const reads = readsAnything(this.reads) ? { reads: this.reads } : {};
    this.flow.steps.set(step.id, {
      kind: step.kind,
      id: step.id,
      ...(name !== null && { name }),
      ...(guard !== undefined && { if: guard }),
      ...reads,
      ...own,
      next,
    } as unknown as PlanStep);
    if (this.definition().leaves) this.exits.push(null);
    if (this.exits.length === 0) this.exits.push(this.after);
    if (condition !== undefined) this.exits.push(step.named ? withStep(this.scope, step.id) : this.scope);
    return join(this.exits);
  }

  private definition(): StepDefinition<StepKind> {
    return definitions[this.step.kind] as StepDefinition<StepKind>;
  }

  private tools(scope = this.scope): ExpressionTools {
    return {
      env: this.flow.env(scope),
      reporter: this.facts.reporter,
      onReads: (reads) => {
        this.reads = mergeReads([this.reads, reads]);
      },
    };
  }

  private context(): StepContext {
    const { step, facts } = this;
    return {
      project: facts.project,
      next: this.next,
      report: (span, finding) => facts.reporter.report(span, finding),
      expression: (node, expect) => bareExpression(node, expect, this.tools()),
      scalar: (node) => scalarValue(node, this.tools()),
      value: (node) => anyValue(node, this.tools()),
      branch: (list, incoming) => this.branch(list, incoming),
      listeners: (node, beside) =>
        lowerListeners(node, {
          key: 'wait_for',
          project: facts.project,
          shapes: facts.shapes,
          reporter: facts.reporter,
          starting: facts.starting,
          keyed: facts.keyed,
          sends: sendsOf(facts.all),
          beside,
          env: (incoming) => this.flow.env({ ...this.scope, incoming }),
        }).map(({ on, entry }) => ({ on, then: entry === null ? undefined : child(entry, 'then') })),
      waitedFor: (events) => {
        const fields = eventFields(facts.shapes, events);
        return {
          incoming: { fields, path: ['steps', step.id, 'event'] },
          type: { is: 'object', fields, missing: true },
        };
      },
      result: (fields) => this.flow.keepResult(step.id, fields),
      assigned: (name, type) => {
        this.after = withVariable(this.after, name, type);
      },
      needs: (reads) => {
        const zone = reads.reactions && facts.timezone === 'contact' ? ['timezone'] : [];
        this.reads = mergeReads([this.reads, { contact: zone, groups: [], ...reads }]);
      },
      loop: (list, until) => this.loop(list, until),
      needsGroups: () => {
        this.flow.needsGroups = true;
      },
    };
  }

  /** The last steps of a round go back to this step. */
  private loop(list: YamlNode, until: YamlNode | undefined): { body: string | null; until: Expr | null } {
    const steps = this.step.branches.get(list) ?? [];
    const inside = withRounds(this.after, steps);
    const behind = steps.length === 0 ? this.after : this.flow.lowerList(steps, this.step.id, inside);
    const outside = behind === null ? null : { ...behind, rounds: this.after.rounds, incoming: this.after.incoming };
    // Without `until` there is a first round.
    this.exits.push(outside, ...(until === undefined ? [] : [this.after]));
    // After the rounds, so that it knows the results of their steps.
    const condition = until === undefined ? null : bareExpression(until, 'bool', this.tools(inside)).expr;
    return { body: steps[0]?.id ?? null, until: condition };
  }

  private branch(list: YamlNode | undefined, incoming?: Incoming): string | null {
    const steps = list === undefined ? [] : (this.step.branches.get(list) ?? []);
    const [first] = steps;
    if (first === undefined) {
      this.exits.push(this.after);
      return this.next;
    }
    const inside = { ...this.after, incoming: incoming ?? this.after.incoming };
    const behind = this.flow.lowerList(steps, this.next, inside);
    this.exits.push(behind === null ? null : { ...behind, incoming: this.after.incoming });
    return first.id;
  }
}

/** A step's own settings, and below them those of the flow that its kind knows. */
function withDefaults(step: RawStep, defaults: ReadonlyMap<string, Setting>): RawStep {
  const known = definitions[step.kind].settings;
  const inherited = [...defaults].filter(([key]) => Object.hasOwn(known, key) && !step.settings.has(key));
  return inherited.length === 0 ? step : { ...step, settings: new Map([...step.settings, ...inherited]) };
}
