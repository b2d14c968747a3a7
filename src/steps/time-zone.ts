import { unknownTimeZone } from '../diagnostics/codes-names.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';

/** An IANA zone of this Node's time zone data, or `contact` where that is allowed. Reports any other. */
export function timeZone(
  node: YamlNode,
  report: (span: Span, finding: Finding) => void,
  allowed: 'zone' | 'or contact',
): string {
  const name = textOf(node);
  if (name === null) return 'UTC';
  if (name === 'contact' ? allowed === 'or contact' : isZone(name)) return name;
  report(node.span, unknownTimeZone(name, ['UTC', ...Intl.supportedValuesOf('timeZone')], allowed === 'or contact'));
  return 'UTC';
}

function isZone(name: string): boolean {
  // Intl also takes offsets such as +01:00, which know no daylight saving time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
