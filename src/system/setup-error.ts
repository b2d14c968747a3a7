/**
 * Something outside the program is missing, wrong or out of reach. The message is one sentence (or one line per problem)
 * that names it and the remedy, fit to be printed without a stack trace; it never holds a secret.
 */
export class SetupError extends Error {
  override name = 'SetupError';
}
