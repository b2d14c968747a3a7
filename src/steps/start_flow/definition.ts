import * as z from 'zod';
import { notTaken } from '../../diagnostics/codes-flow.ts';
import { unknownFlow } from '../../diagnostics/codes-names.ts';
import { textOf } from '../../source/node.ts';
import type { StepDefinition } from '../definition.ts';
import { handoverSettings, lowerHandover } from '../handover-definition.ts';

export const definition: StepDefinition<'start_flow'> = {
  kind: 'start_flow',
  summary: 'Starts another flow and goes on without waiting for it.',
  cost: 'effect',
  what: {
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,100}$/)
      .describe('the name of a flow'),
    doc: 'The flow to start. Its `on` needs `from_flow`; its `status`, `key` and `reentry` are obeyed.',
  },
  settings: handoverSettings,
  lower(step, context) {
    const flow = textOf(step.what) ?? '';
    const { flows, refusing = [] } = context.project;
    if (flow !== '' && flows !== undefined && !flows.includes(flow)) {
      context.report(step.what.span, unknownFlow(flow, flows));
    }
    if (refusing.includes(flow)) context.report(step.what.span, notTaken(flow));
    return { flow, ...lowerHandover(step, context) };
  },
};
