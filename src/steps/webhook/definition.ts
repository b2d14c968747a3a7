import * as z from 'zod';
import { ANY, NUMBER, withMissing } from '../../compiler/expressions/types.ts';
import {
  conflictingKeys,
  notAVariable,
  notAWebAddress,
  secretInHeader,
  wrongValue,
} from '../../diagnostics/codes-shape.ts';
import type { Expr } from '../../plan/expression.ts';
import { WEBHOOK_METHODS } from '../../plan/plan.ts';
import { child, textOf } from '../../source/node.ts';
import { actingSettings, lowerActing } from '../acting-definition.ts';
import type { RawStep, StepContext, StepDefinition } from '../definition.ts';
import { insertsExpression } from '../inserts.ts';
import { period, text } from '../schemas.ts';
import { exactPeriod } from '../wait-settings.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
/** The claim of a call ends 20 s after its time-out: a worker that stops waits for calls under way. */
const LONGEST_TIMEOUT_MS = 30_000;

const status = z.number().int().min(100).max(599).describe('an HTTP status such as 204');

export const definition: StepDefinition<'webhook'> = {
  kind: 'webhook',
  summary: 'Calls an address over HTTP.',
  cost: 'call',
  what: { schema: text, doc: 'The address; redirects are not followed.' },
  settings: {
    method: { schema: z.enum(WEBHOOK_METHODS), doc: 'The HTTP method; `POST` unless told.' },
    headers: {
      schema: z
        .record(
          z
            .string()
            .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
            .describe('the name of a header'),
          text,
        )
        .describe('a map of headers'),
      doc: 'Headers; one whose value is null is left out. Credentials belong into `auth`.',
    },
    body: { schema: z.unknown(), doc: 'A map or list goes out as JSON, a text as it is.' },
    timeout: { schema: period, doc: 'For the whole call: 10 seconds unless told, at most 30 seconds.' },
    expect: {
      schema: z.union([status, z.array(status)]).describe('an HTTP status such as 204, or a list of them'),
      doc: 'Statuses that count as success; any 2xx unless told.',
    },
    auth: {
      schema: z.strictObject({ bearer: text }).describe('a map with "bearer"'),
      doc: '`bearer`: the name of the environment variable that holds the token. The token itself never stands in a flow, a plan or a history.',
    },
    ...actingSettings,
  },
  lower(step, context) {
    context.result({ status: withMissing(NUMBER, true), body: ANY });
    const method = WEBHOOK_METHODS.find((one) => one === textOf(step.settings.get('method')?.node)) ?? 'POST';
    const body = step.settings.get('body');
    if (body !== undefined && method === 'GET')
      context.report(body.keySpan, conflictingKeys('body', 'method: GET', 'such a call has none'));
    return {
      url: lowerUrl(step, context),
      method,
      headers: lowerHeaders(step, context),
      body: body === undefined ? null : context.value(body.node).expr,
      timeout: lowerTimeout(step, context),
      expect: lowerExpect(step),
      bearer: lowerBearer(step, context),
      ...lowerActing(step, context),
    };
  },
};

function lowerUrl({ what }: RawStep, context: StepContext): Expr {
  const written = textOf(what);
  if (written !== null && !insertsExpression(written) && !/^https?:\/\/[^\s/]/.test(written))
    context.report(what.span, notAWebAddress(written));
  return context.scalar(what).expr;
}

function lowerHeaders(step: RawStep, context: StepContext): { readonly [name: string]: Expr } {
  const node = step.settings.get('headers')?.node;
  const entries = node?.type === 'map' ? node.entries : [];
  return Object.fromEntries(
    entries.map(({ key, keySpan, value }) => {
      if (key.toLowerCase() === 'authorization') context.report(keySpan, secretInHeader(key));
      return [key, context.scalar(value).expr];
    }),
  );
}

function lowerTimeout(step: RawStep, context: StepContext): number {
  const node = step.settings.get('timeout')?.node;
  if (node === undefined) return DEFAULT_TIMEOUT_MS;
  const timeout = exactPeriod(node, '"timeout"', context);
  if (timeout > LONGEST_TIMEOUT_MS)
    context.report(node.span, wrongValue('"timeout"', 'at most 30 seconds', textOf(node) ?? ''));
  return timeout;
}

function lowerExpect(step: RawStep): readonly number[] | null {
  const node = step.settings.get('expect')?.node;
  if (node === undefined) return null;
  const statuses = node.type === 'list' ? node.items : [node];
  return statuses.flatMap((one) => (one.type === 'scalar' && typeof one.value === 'number' ? [one.value] : []));
}

function lowerBearer(step: RawStep, context: StepContext): string | null {
  const node = step.settings.get('auth')?.node;
  const bearer = node?.type === 'map' ? child(node, 'bearer') : undefined;
  const name = textOf(bearer);
  if (bearer === undefined || name === null) return null;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) context.report(bearer.span, notAVariable('bearer', 'one'));
  return name;
}
