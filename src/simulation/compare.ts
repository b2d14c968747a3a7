/** Expected and actual timelines, line by line. */

export interface DiffLine {
  /** `-` expected and missing, `+` not expected, blank: as expected */
  readonly mark: '-' | '+' | ' ';
  readonly text: string;
}

/** Null where both say the same; spaces do not matter. */
export function diffLines(expect: string, actual: readonly string[]): DiffLine[] | null {
  const wanted = expect.split('\n').filter((line) => line.trim() !== '');
  const same = (row: number, column: number) => squeezed(wanted[row]!) === squeezed(actual[column]!);
  if (wanted.length === actual.length && wanted.every((_, at) => same(at, at))) return null;

  // Longest common subsequence; timelines are short.
  const common = Array.from({ length: wanted.length + 1 }, () => new Array<number>(actual.length + 1).fill(0));
  for (let row = wanted.length - 1; row >= 0; row -= 1) {
    for (let column = actual.length - 1; column >= 0; column -= 1) {
      common[row]![column] = same(row, column)
        ? common[row + 1]![column + 1]! + 1
        : Math.max(common[row + 1]![column]!, common[row]![column + 1]!);
    }
  }
  const diff: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < wanted.length || column < actual.length) {
    if (row < wanted.length && column < actual.length && same(row, column)) {
      diff.push({ mark: ' ', text: actual[column]! });
      row += 1;
      column += 1;
    } else if (
      row < wanted.length &&
      (column === actual.length || common[row + 1]![column]! >= common[row]![column + 1]!)
    ) {
      diff.push({ mark: '-', text: wanted[row]!.trim() });
      row += 1;
    } else {
      diff.push({ mark: '+', text: actual[column]! });
      column += 1;
    }
  }
  return diff;
}

function squeezed(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}
