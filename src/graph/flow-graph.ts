/** A flow as a graph, made from its plan; `mermaid.ts` and `svg.ts` draw it. */

import type { Plan, PlanStep } from '../plan/plan.ts';
import { expressionText } from './expression-text.ts';
import { eventWords, waysOf, wordsOf } from './step-words.ts';

export interface FlowGraph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  readonly shape: 'begin' | 'end' | 'decision' | 'wait' | 'message' | 'action';
  /** lines of text, the first the most important; of at most 60 characters */
  readonly lines: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** may happen at any time, not only behind `from` */
  readonly anytime?: true;
}

const SHAPES: { readonly [K in PlanStep['kind']]?: GraphNode['shape'] } = {
  check: 'decision',
  switch: 'decision',
  split: 'decision',
  repeat: 'decision',
  hold: 'wait',
  wait: 'wait',
  wait_for: 'wait',
  send_time: 'wait',
  send_email: 'message',
  send_sms: 'message',
  send_push: 'message',
  send_to_group: 'message',
  exit: 'end',
};
const BEGIN = 'begin';
const COMPLETED = 'completed';

export function flowGraph(plan: Plan): FlowGraph {
  const steps = Object.values(plan.steps);
  // Ids of our own: a step may have any name, among them words that mean something to Mermaid.
  const ids = new Map(steps.map(({ id }, at) => [id, `s${at + 1}`]));
  const target = (to: string | null) => (to === null ? COMPLETED : ids.get(to)!);
  const edges: GraphEdge[] = [
    { from: BEGIN, to: target(plan.first) },
    ...steps.flatMap((step) =>
      waysOf(step).map(({ to, label }) => ({
        from: ids.get(step.id)!,
        to: target(to),
        ...(label === undefined ? {} : { label }),
      })),
    ),
    ...plan.exit_on.map((_, at) => ({ from: BEGIN, to: `x${at + 1}`, label: 'at any time', anytime: true as const })),
  ];
  const nodes: GraphNode[] = [
    { id: BEGIN, shape: 'begin', lines: [plan.on.map(({ event, where }) => eventWords(event, where)).join(' or ')] },
    ...steps.map((step) => nodeOf(step, ids.get(step.id)!)),
    ...(edges.some(({ to }) => to === COMPLETED)
      ? [{ id: COMPLETED, shape: 'end' as const, lines: ['completed'] }]
      : []),
    ...plan.exit_on.map(({ event, where, reason }, at): GraphNode => {
      const on = `on ${eventWords(event, where)}`;
      return { id: `x${at + 1}`, shape: 'end', lines: [`exit: ${reason}`, on] };
    }),
  ];
  return {
    title: plan.flow,
    nodes: nodes.map((node) => ({ ...node, lines: node.lines.map(short) })),
    edges: edges.map((edge) => (edge.label === undefined ? edge : { ...edge, label: short(edge.label) })),
  };
}

function nodeOf(step: PlanStep, id: string): GraphNode {
  const condition = step.if === undefined ? [] : [`if ${expressionText(step.if)}`];
  // The id that the compiler gives is the kind and a number: it says nothing.
  const generated = new RegExp(`^${step.kind}_\\d+$`).test(step.id);
  const name = step.name ?? (generated ? null : step.id);
  const kind = step.kind.replaceAll('_', ' ');
  const lines = [name === null ? kind : `${kind}: ${name}`, ...wordsOf(step), ...condition];
  return { id, shape: SHAPES[step.kind] ?? 'action', lines };
}

/** Longer lines make a picture unreadable. */
const WIDTH = 60;

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
