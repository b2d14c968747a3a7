/** What can be wrong with an expression. Each code needs an entry among the diagnostics' codes. */
export const EXPRESSION_CODES = [
  'expression-syntax',
  'expression-type',
  'may-be-missing',
  'step-not-passed',
  'unknown-attribute',
  'unknown-event',
  'unknown-field',
  'unknown-flow',
  'unknown-function',
  'unknown-group',
  'unknown-name',
  'unknown-step',
  'wrong-arguments',
  'wrong-value',
] as const;
export type ExpressionCode = (typeof EXPRESSION_CODES)[number];

/** Plain data; `start` and `end` are offsets into the text that was given to compile, end exclusive. */
export interface ExpressionProblem {
  readonly code: ExpressionCode;
  readonly severity: 'error' | 'warning';
  /** lower case, no full stop */
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** the next move */
  readonly help?: string;
  /** what would be right in the place of start to end, where that is certain */
  readonly replacement?: string;
}

export interface Place {
  readonly start: number;
  readonly end: number;
}
