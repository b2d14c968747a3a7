/** One line of the terminal for one happening. */
import type { Json } from '../../plan/json.ts';
import { isoWithOffset } from '../../plan/local-time.ts';
import { toText } from '../../plan/values.ts';
import type { Happening } from './timeline-feed.ts';

export type Paint = (style: 'cyan' | 'green' | 'gray' | 'red' | 'yellow' | 'bold', text: string) => string;

const WHO_WIDTH = 34;
const FLOW_WIDTH = 16;
const KIND_WIDTH = 17;

export function happeningText({ flow, run, who, line, parked }: Happening, zone: string, paint: Paint): string {
  const subject = `${who.padEnd(WHO_WIDTH)}  ${paint('cyan', flow.padEnd(FLOW_WIDTH))}`;
  if (parked !== null) {
    return `${' '.repeat(16)}  ${subject}  ${paint('red', `parked at ${parked.step}: ${parked.reason ?? ''}`)}\n${' '.repeat(18)}${paint('yellow', `flows resolve ${run} --as sent|resend|skip`)}\n`;
  }
  if (line === null) return '';
  const when = isoWithOffset(Date.parse(line.at), zone).slice(0, 16).replace('T', ' ');
  const kind = paint(colorOf(line.kind, line.outcome), line.kind.padEnd(KIND_WIDTH));
  const parts = [
    line.what,
    shownOutcome(line.kind, line.outcome),
    pairs(line.data),
    line.saw && `(${pairs(line.saw)})`,
  ];
  return `${paint('gray', when)}  ${subject}  ${kind} ${parts.filter((part) => part).join('  ')}\n`;
}

/** What goes without saying is not said. */
function shownOutcome(kind: string, outcome: string | undefined): string | undefined {
  return outcome === 'sent' || outcome === 'done' || (kind === 'wait_for' && outcome === 'event') ? undefined : outcome;
}

function pairs(values: { readonly [name: string]: Json } | undefined): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${value === null ? 'null' : toText(value)}`)
    .join(' ');
}

function colorOf(kind: string, outcome: string | undefined): Parameters<Paint>[0] {
  if (outcome === 'failed' || outcome === 'unknown') return 'red';
  if (outcome === 'skipped') return 'yellow';
  if (kind.startsWith('send_')) return 'green';
  return kind === 'enter' || kind === 'exit' ? 'bold' : 'gray';
}
