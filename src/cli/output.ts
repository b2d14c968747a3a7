import { styleText } from 'node:util';
import type { RunStatus } from '../plan/notice.ts';
import type { Cli } from './cli.ts';

type Style = Parameters<typeof styleText>[0];

/** Prints one JSON document. */
export function printJson(cli: Cli, value: unknown): void {
  cli.out(JSON.stringify(value, null, 2) + '\n');
}

/** Prints one JSON array, row by row as they are read: there may be millions. */
export async function printPages<T>(
  cli: Cli,
  pages: AsyncIterable<readonly T[]>,
  shown: (row: T) => unknown = (row) => row,
): Promise<void> {
  let written = 0;
  for await (const page of pages) {
    for (const row of page) {
      cli.out(`${written === 0 ? '[' : ','}\n  ${JSON.stringify(shown(row))}`);
      written += 1;
    }
  }
  cli.out(written === 0 ? '[]\n' : '\n]\n');
}

/** Rows shown to people: the latest; `--json` has them all. */
export const MOST_ROWS = 500;

/** `validateStream: false`: `cli.color` has already decided; Node 20 decides wrongly for arrays of formats. */
export function paint(cli: Cli, style: Style, text: string): string {
  return cli.color ? styleText(style, text, { validateStream: false }) : text;
}

/** Columns padded to their widest cell, two spaces apart; `painters` color a column after it was padded. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  painters: { readonly [column: number]: (cell: string) => string } = {},
): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[], painted: boolean): string =>
    cells
      .map((cell, i) => {
        const padded = i === cells.length - 1 ? cell : cell.padEnd(widths[i]!);
        const painter = painted ? painters[i] : undefined;
        return painter ? painter(padded) : padded;
      })
      .join('  ')
      .trimEnd();
  return [line(head, false), ...rows.map((row) => line(row, true))].join('\n') + '\n';
}

const STATE_STYLES: { readonly [state: string]: Style } = {
  running: 'cyan',
  waiting: 'cyan',
  held: 'yellow',
  paused: 'yellow',
  parked: 'red',
  failed: 'red',
  exited: 'gray',
  completed: 'green',
} satisfies { [S in RunStatus]: Style };

/** The color of a run's state; the cell may be padded. */
export function paintState(cli: Cli, cell: string): string {
  const style = STATE_STYLES[cell.trim()];
  return style ? paint(cli, style, cell) : cell;
}

/** A moment (ISO 8601, UTC) for a column that says so in its heading. */
export function moment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

/** `1 run`, `3 runs`. */
export function counted(n: number, noun: string, plural = noun + 's'): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
