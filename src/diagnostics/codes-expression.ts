/** Expressions: the compiler of expressions has the words, as they need its types and names. */

import type { Finding } from './diagnostic.ts';
import type { ExpressionProblem } from './expression-problem.ts';

/** `exact`: the problem's place is known within the file, so that its replacement fits there. */
export function expressionFinding(
  { code, severity, message, help, replacement }: ExpressionProblem,
  exact: boolean,
): Finding {
  return {
    code,
    severity,
    message,
    ...(help !== undefined && { help }),
    ...(replacement !== undefined && exact && { replacement }),
  };
}
