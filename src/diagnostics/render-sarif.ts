/** SARIF 2.1.0, for code scanning. */
import type { Location, Log, Region, Result } from 'sarif';
import type { Range } from '../source/text.ts';
import type { Diagnostic } from './diagnostic.ts';

/** `version`: of this program. */
export function renderSarif(diagnostics: readonly Diagnostic[], version: string): string {
  const codes = [...new Set(diagnostics.map((one) => one.code))].sort();
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mapp-flows', version, rules: codes.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((one) => result(one, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function result(
  { code, severity, message, file, range, help, related, replacement }: Diagnostic,
  codes: readonly string[],
): Result {
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: help === undefined ? message : `${message}\n${help}` },
    locations: [location(file, range)],
    ...(related && {
      relatedLocations: related.map((one) => ({ ...location(file, one.range), message: { text: one.message } })),
    }),
    ...(replacement !== undefined && {
      fixes: [
        {
          description: { text: help ?? `replace with ${replacement}` },
          artifactChanges: [
            {
              artifactLocation: { uri: uri(file) },
              replacements: [{ deletedRegion: region(range), insertedContent: { text: replacement } }],
            },
          ],
        },
      ],
    }),
  };
}

function location(file: string, range: Range): Location {
  return { physicalLocation: { artifactLocation: { uri: uri(file) }, region: region(range) } };
}

function region({ start, end }: Range): Region {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function uri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
