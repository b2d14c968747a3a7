/** For programs: the document of `flows check --format json`, and annotations of GitHub Actions. */
import type { Diagnostic } from './diagnostic.ts';

export interface CheckedFlow {
  readonly flow: string;
  readonly file: string;
  readonly hash: string;
}

/** One JSON document: `{ ok, flows, diagnostics }`. Lines and columns from 1; warnings alone leave `ok` true. */
export function renderJson(diagnostics: readonly Diagnostic[], flows: readonly CheckedFlow[]): string {
  const document = {
    ok: !diagnostics.some((one) => one.severity === 'error'),
    flows: flows.map(({ flow, file, hash }) => ({ flow, file, hash })),
    diagnostics: diagnostics.map(({ code, severity, message, file, range, help, related, replacement }) => ({
      code,
      severity,
      message,
      file,
      range,
      ...(help !== undefined && { help }),
      ...(related !== undefined && { related }),
      ...(replacement !== undefined && { replacement }),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Workflow commands: `::error file=…,line=…::message`. */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ code, severity, message, file, range, help }) => {
      const { start, end } = range;
      // GitHub takes columns only where a note stays on one line.
      const place = start.line === end.line ? `,col=${start.column},endColumn=${end.column}` : '';
      const properties = `file=${property(file)},line=${start.line},endLine=${end.line}${place},title=${property(code)}`;
      return `::${severity} ${properties}::${data(help === undefined ? message : `${message}\n${help}`)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
