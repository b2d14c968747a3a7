import type { Json } from '../plan/json.ts';
import { isoWithOffset } from '../plan/local-time.ts';
import type { TimelineLine } from './timeline.ts';

/** The parts of one printed line; a printer pads and colors them. */
export interface PrintedLine {
  /** `2026-03-27 10:00:00`, in the zone asked for */
  readonly at: string;
  readonly kind: string;
  /** everything behind the kind, in the order of LANGUAGE.md §7: what, outcome, data, what a decision saw, the ledger */
  readonly rest: string;
  readonly bad: boolean;
}

/** Outcomes that go without saying: what happens when all is well. */
const PLAIN = new Set(['sent', 'done', 'waited', 'event']);

export function printedLine(line: TimelineLine, timezone: string): PrintedLine {
  const delivery = line.delivery;
  const troubled = delivery !== undefined && (delivery.state === 'unknown' || delivery.state === 'rejected');
  // The reason of a step that did nothing stands right behind its outcome: `skipped no_address`.
  const { reason, ...data } = line.data ?? {};
  const because = line.outcome === 'skipped' || line.outcome === 'failed' ? reason : undefined;
  const parts = [
    line.what,
    line.outcome !== undefined && !PLAIN.has(line.outcome) ? line.outcome : undefined,
    because === undefined ? undefined : String(because),
    ...pairs(because === undefined ? line.data : data),
    ...pairs(line.saw),
    troubled || delivery?.state === 'skipped'
      ? `(${[delivery.state, delivery.reason].filter(Boolean).join(': ')})`
      : undefined,
  ];
  return {
    at: localTime(line.at, timezone),
    kind: line.kind,
    rest: parts.filter((part) => part !== undefined && part !== '').join('  '),
    bad: troubled || line.outcome === 'failed' || line.outcome === 'unknown',
  };
}

/** `2026-03-27 10:00:00` in the zone; `moment` is ISO 8601. */
export function localTime(moment: string, timezone: string): string {
  return isoWithOffset(Date.parse(moment), timezone).slice(0, 19).replace('T', ' ');
}

function pairs(values: { readonly [name: string]: Json } | undefined): string[] {
  return Object.entries(values ?? {}).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}
