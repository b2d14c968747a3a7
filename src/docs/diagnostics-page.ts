/** `docs/diagnostics.md`: every code with a broken file and what is really said of it. */
import { DIAGNOSTIC_NOTES } from './diagnostic-notes.ts';
import { fenced, generatedFrom, page } from './markdown.ts';

/** The golden pair of a code, from `test/diagnostics`. */
export interface DiagnosticFixture {
  readonly yaml: string;
  readonly output: string;
}

export function diagnosticsPage(fixtureOf: (code: string) => DiagnosticFixture): string {
  return page(
    generatedFrom('the table of codes and the fixtures in `test/diagnostics`'),
    '# Diagnostics',
    'What `flows check` says, by the code in brackets at the end of its message. Every example is a file with that mistake (some have several) and the real output; [its catalogue](../test/diagnostics/mapp.yaml) is another than that of the other pages. Warnings let a flow through, errors do not.',
    ...Object.entries(DIAGNOSTIC_NOTES).flatMap(([group, notes]) => [
      `## ${group}`,
      ...Object.entries(notes).map(([code, note]) => section(code, note, fixtureOf(code))),
    ]),
  );
}

function section(code: string, note: string, { yaml, output }: DiagnosticFixture): string {
  return `### \`${code}\`\n\n${note}\n\n${yaml.trim() === '' ? '' : `${fenced('yaml', yaml)}\n\n`}${fenced('text', output)}`;
}
