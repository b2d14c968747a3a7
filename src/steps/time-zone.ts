import { unknownTimeZone } from '../diagnostics/codes-names.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { isZone } from '../plan/local-time.ts';
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
