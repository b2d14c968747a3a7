/** Keys at the top of a flow that are neither events nor steps. */
import { wrongValue } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { isNegative, isZero, parseDuration } from '../plan/duration.ts';
import type { FlowStatus, Reentry } from '../plan/plan.ts';
import { child, type MapNode, textOf } from '../source/node.ts';
import type { Setting } from '../steps/definition.ts';
import { exactPeriod } from '../steps/wait-settings.ts';
import { REENTRY_MODES, STATUSES } from './flow-schema.ts';

const DAY = 86_400_000;

export function lowerStatus(root: MapNode): FlowStatus {
  const written = textOf(child(root, 'status'));
  return STATUSES.find((one) => one === written) ?? 'active';
}

export function lowerReentry(root: MapNode, reporter: Reporter): Reentry {
  const node = child(root, 'reentry');
  const text = textOf(node);
  if (node === undefined || text === null) return { mode: 'after_exit' };
  const mode = REENTRY_MODES.find((one) => one === text);
  if (mode !== undefined) return { mode };
  const period = parseDuration(text);
  if (period === null || isZero(period) || isNegative(period)) {
    const accepts = '"once", "after_exit", "always", "restart", or a period such as "30 days"';
    reporter.report(node.span, wrongValue('"reentry"', accepts, text, REENTRY_MODES));
    return { mode: 'after_exit' };
  }
  return { mode: 'cooldown', period };
}

/** Milliseconds. */
export function lowerMaxEventAge(root: MapNode, reporter: Reporter): number {
  const node = child(root, 'max_event_age');
  if (node === undefined || textOf(node) === null) return DAY;
  return exactPeriod(node, '"max_event_age"', { report: reporter.report.bind(reporter) });
}

/** Settings for every step of the flow that knows them. */
export function lowerDefaults(root: MapNode): ReadonlyMap<string, Setting> {
  const node = child(root, 'defaults');
  const entries = node?.type === 'map' ? node.entries : [];
  return new Map(entries.map(({ key, keySpan, value }) => [key, { keySpan, node: value, inherited: true }]));
}
