/** What is wrong with a file, as data. `codes-*.ts` make them, `render*.ts` show them. */
import type { Range, SourceText, Span } from '../source/text.ts';
import type { Code } from './code.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  /** lower case, no full stop: `unknown message "welcom"` */
  readonly message: string;
  readonly file: string;
  readonly range: Range;
  /** the next move: `did you mean "welcome"?` */
  readonly help?: string;
  /** other places that have to do with it */
  readonly related?: readonly Related[];
  /** what would be right instead of the text at `range`, where that is certain */
  readonly replacement?: string;
}

export interface Related {
  readonly message: string;
  readonly range: Range;
}

/** A diagnostic without its place: what the functions of `codes-*.ts` return. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly help?: string;
  readonly related?: readonly { readonly message: string; readonly span: Span }[];
  readonly replacement?: string;
}

export function error(code: Code, message: string): Finding {
  return { code, severity: 'error', message };
}

/** Collects what is found in one file. */
export class Reporter {
  readonly source: SourceText;
  private readonly found: Diagnostic[] = [];

  constructor(source: SourceText) {
    this.source = source;
  }

  report(span: Span, finding: Finding): void {
    const { related, ...rest } = finding;
    this.found.push({
      ...rest,
      file: this.source.path,
      range: this.source.range(span),
      ...(related && { related: related.map((one) => ({ message: one.message, range: this.source.range(one.span) })) }),
    });
  }

  get failed(): boolean {
    return this.found.some((one) => one.severity === 'error');
  }

  diagnostics(): Diagnostic[] {
    return inOrder(this.found);
  }
}

/** Sorted by file, line, column and code; each said once. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const sorted = [...diagnostics].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.range.start.line - b.range.start.line ||
      a.range.start.column - b.range.start.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
  return sorted.filter((one, at) => at === 0 || !same(one, sorted[at - 1]!));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function same(a: Diagnostic, b: Diagnostic): boolean {
  const { start } = a.range;
  const other = b.range.start;
  return (
    a.file === b.file &&
    a.code === b.code &&
    a.message === b.message &&
    start.line === other.line &&
    start.column === other.column
  );
}
