import { textParts } from '../compiler/expressions/text-parts.ts';

/** Whether a text holds a `${…}`, be it complete or not. */
export function insertsExpression(text: string): boolean {
  const { parts, unclosed } = textParts(text);
  return unclosed !== undefined || parts.some((part) => 'source' in part);
}
