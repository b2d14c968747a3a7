/** What a bench found, and how it is told. */

export interface Finding {
  readonly measure: string;
  readonly unit: string;
  readonly ours: number;
  /** the same by the hand-written workflow */
  readonly theirs?: number;
  /** what must not be exceeded: `ours`, or `ours` divided by `theirs`; null = shown beside the others, without a bar */
  readonly bar: { readonly of: 'value' | 'ratio'; readonly atMost: number } | null;
}

export interface Report {
  readonly bench: string;
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
  return judged !== null && judged <= bar.atMost;
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
    bar === null ? '' : `${bar.of === 'ratio' ? 'ratio ' : ''}≤ ${bar.atMost}`,
    held === null ? '' : held ? 'holds' : 'MISSED',
  ]);
  console.log(table([['', 'interpreter', 'hand-written', 'ratio', 'bar', ''], ...rows]));
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
