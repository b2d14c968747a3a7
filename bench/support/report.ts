/** What a bench found, and how it is told. */
import { loadavg } from 'node:os';

export interface Finding {
  readonly measure: string;
  readonly unit: string;
  readonly ours: number;
  /** the same by what it is compared with */
  readonly theirs?: number;
  /** what `ours`, or `ours` divided by `theirs`, must keep to; null = shown beside the others, without a bar */
  readonly bar:
    | ({ readonly of: 'value' | 'ratio' } & ({ readonly atMost: number } | { readonly atLeast: number }))
    | null;
}

export interface Report {
  readonly bench: string;
  /** what `ours` and `theirs` are; the interpreter and the hand-written workflow unless told */
  readonly columns?: readonly [ours: string, theirs: string];
  readonly findings: readonly Finding[];
  /** how it was measured, one sentence each */
  readonly notes: readonly string[];
}

export function ratioOf({ ours, theirs }: Finding): number | null {
  return theirs === undefined ? null : ours / theirs;
}

/** Null without a bar. */
export function holds(finding: Finding): boolean | null {
  const { bar, ours } = finding;
  if (bar === null) return null;
  const judged = bar.of === 'value' ? ours : ratioOf(finding);
  // A bar on a ratio without anything to divide by, or a measure that gave no number, holds nothing.
  if (judged === null) return false;
  return 'atMost' in bar ? judged <= bar.atMost : judged >= bar.atLeast;
}

/** A note: what else the machine had to do. */
export function loadAverage(): string {
  return `Load average ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}.`;
}

/** Writes the report to stdout, as a table or as one line of JSON, and sets the exit code to 1 where a bar is missed. */
export function tell(report: Report, args: readonly string[]): void {
  const judged = report.findings.map((finding) => ({ ...finding, ratio: ratioOf(finding), holds: holds(finding) }));
  if (judged.some((finding) => finding.holds === false)) process.exitCode = 1;
  if (args.includes('--json')) {
    console.log(JSON.stringify({ bench: report.bench, findings: judged, notes: report.notes }));
    return;
  }
  const rows = judged.map(({ measure, unit, ours, theirs, ratio, bar, holds: held }) => [
    unit === '' ? measure : `${measure} (${unit})`,
    number(ours),
    theirs === undefined ? '' : number(theirs),
    ratio === null ? '' : ratio.toFixed(2),
    bar === null
      ? ''
      : `${bar.of === 'ratio' ? 'ratio ' : ''}${'atMost' in bar ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`}`,
    held === null ? '' : held ? 'holds' : 'MISSED',
  ]);
  const [ours, theirs] = report.columns ?? ['interpreter', 'hand-written'];
  console.log(table([['', ours, theirs, 'ratio', 'bar', ''], ...rows]));
  for (const note of report.notes) console.log(`  ${note}`);
}

function number(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1_000 ? value.toFixed(0) : value.toFixed(1);
}

/** Columns as wide as their widest cell; the first one flush left, the others right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
