/** Settings of steps that act: what happens when they cannot, or when nobody knows whether they did (LANGUAGE.md §5). */
import * as z from 'zod';
import { keyWithout } from '../diagnostics/codes-shape.ts';
import type { Acting, Retry } from '../plan/plan.ts';
import { child, textOf, type YamlNode } from '../source/node.ts';
import type { KeyDefinition, RawStep, StepContext } from './definition.ts';
import { period } from './schemas.ts';
import { exactPeriod } from './wait-settings.ts';

const attempts = z.number().int().min(1).max(20).describe('a whole number from 1 to 20');
const DEFAULT_ATTEMPTS = 3;
const DEFAULT_BACKOFF_MS = 30_000;

const onError = z.enum(['park', 'continue', 'exit']);
const onUnknown = z.enum(['park', 'resend', 'skip', 'reconcile']);
const retry = z
  .strictObject({ attempts: attempts.optional(), backoff: period.optional() })
  .describe('a map of "attempts" and "backoff"');
const priority = z.enum(['normal', 'transactional']);

/** The forms of `defaults`, the settings of all steps of a flow that know them. */
export const defaultsSchema = z
  .strictObject({
    on_error: onError.optional(),
    on_unknown: onUnknown.optional(),
    priority: priority.optional(),
    retry: retry.optional(),
  })
  .describe('a map of "on_error", "on_unknown", "priority" and "retry"');

export const prioritySetting: KeyDefinition = {
  schema: priority,
  doc: '`transactional` passes quiet hours and caps.',
};

export const actingSettings: { readonly [key: string]: KeyDefinition } = {
  on_error: {
    schema: onError,
    doc: 'When the step cannot do its work: `park` (default) waits for an operator, `continue` goes on, `exit` leaves the flow.',
  },
  retry: {
    schema: retry,
    doc: 'Tries again before that: `attempts` in all (3), `backoff` before the second (30 seconds), doubled with every further one.',
  },
};

/** For calls that must not be made twice. */
export const onUnknownSetting: KeyDefinition = {
  schema: onUnknown,
  doc: "When nobody can tell whether Mapp took the call: `park` (default) waits for an operator, `resend` makes it again (three times at most, or as `retry` says), `skip` goes on, `reconcile` looks in the contact's message history.",
};

/**
 * `once`: the call must not be made twice, so `on_unknown` has a meaning; else what it would need for that, in a sentence.
 * A default of the flow that has no meaning here is none of this step's.
 */
export function lowerActing(step: RawStep, context: StepContext, once: true | string | null = null): Acting {
  const error = textOf(step.settings.get('on_error')?.node);
  const unknown = step.settings.get('on_unknown');
  const choice = textOf(unknown?.node);
  const tries = step.settings.get('retry')?.node;
  if (unknown !== undefined && unknown.inherited !== true && typeof once === 'string') {
    context.report(unknown.keySpan, keyWithout('on_unknown', once));
  }
  return {
    ...((error === 'continue' || error === 'exit') && { on_error: error }),
    ...(once === true &&
      (choice === 'resend' || choice === 'skip' || choice === 'reconcile') && { on_unknown: choice }),
    ...(tries !== undefined && { retry: lowerRetry(tries, context) }),
  };
}

function lowerRetry(node: YamlNode, context: StepContext): Retry {
  const map = node.type === 'map' ? node : null;
  const count = map && textOf(child(map, 'attempts'));
  const backoff = map && child(map, 'backoff');
  return {
    attempts: count === null ? DEFAULT_ATTEMPTS : Number(count),
    backoff: backoff ? exactPeriod(backoff, '"backoff"', context) : DEFAULT_BACKOFF_MS,
  };
}
