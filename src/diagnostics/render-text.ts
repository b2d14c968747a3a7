/** For people: `file:line:column: message [code]`, the line with a marker below it, help. */
import type { Range, SourceText } from '../source/text.ts';
import type { Diagnostic } from './diagnostic.ts';

const WIDTH = 120;

export type Paint = (style: 'red' | 'yellow' | 'dim' | 'cyan' | 'bold', text: string) => string;
const PLAIN: Paint = (_, text) => text;

/** `sources` by path; a diagnostic of another file comes without its frame. Ends with a line break unless it is empty. */
export function renderText(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, SourceText>,
  paint: Paint = PLAIN,
): string {
  return diagnostics.map((one) => render(one, sources.get(one.file), paint)).join('\n');
}

function render(diagnostic: Diagnostic, source: SourceText | undefined, paint: Paint): string {
  const { file, range, severity, message, code } = diagnostic;
  const color = severity === 'error' ? 'red' : 'yellow';
  const label = severity === 'warning' ? `${paint(color, 'warning')}: ` : '';
  const lines = [
    `${paint('bold', `${file}:${range.start.line}:${range.start.column}`)}: ${label}${message} ${paint('dim', `[${code}]`)}`,
  ];
  const margin = ' '.repeat(String(range.start.line).length);
  if (source !== undefined && source.text !== '')
    lines.push(...frame(source, range, margin, (text) => paint(color, text)));
  for (const one of diagnostic.related ?? []) {
    lines.push(`${margin} = ${one.message} at line ${one.range.start.line}, column ${one.range.start.column}`);
  }
  if (diagnostic.help !== undefined) lines.push(`${margin} = ${paint('cyan', 'help')}: ${diagnostic.help}`);
  return `${lines.join('\n')}\n`;
}

/** The first line of the range, cut to the part around it where it is long. */
function frame(source: SourceText, range: Range, margin: string, mark: (text: string) => string): string[] {
  const whole = source.line(range.start.line);
  const from = range.start.column - 1;
  const to =
    range.end.line === range.start.line ? Math.max(range.end.column - 1, from + 1) : Math.max(whole.length, from + 1);
  const cut = whole.length > WIDTH ? Math.max(0, Math.min(from - 40, whole.length - WIDTH)) : 0;
  const line =
    (cut > 0 ? '…' : '') + whole.slice(cut > 0 ? cut + 1 : 0, cut + WIDTH) + (whole.length > cut + WIDTH ? '…' : '');
  const before = line.slice(0, from - cut);
  const marked = line.slice(from - cut, to - cut);
  // Tabs stay tabs, so that the marker stands below its text in every terminal; a surrogate pair is one column.
  const indent = [...before].map((char) => (char === '\t' ? '\t' : ' ')).join('');
  const width = Math.max(1, [...marked].length);
  return [`${margin} |`, `${range.start.line} | ${line}`, `${margin} | ${indent}${mark(`^${'~'.repeat(width - 1)}`)}`];
}
