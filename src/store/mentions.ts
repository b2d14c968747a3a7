/** How an identifier stands in a text that somebody wrote: the same patterns here and in Postgres. */

/** Shorter than this, an id of a contact stands in many a row that has nothing to do with them. */
const TELLING = 6;

/** The spellings of an identifier to search texts for, in lower case; none where it tells nobody apart. */
export function searchable(kind: string, text: string): string[] {
  const trimmed = text.trim().toLowerCase();
  if (kind === 'email') return [trimmed];
  const digits = kind === 'mobile' ? [trimmed.replace(/[^0-9]/g, '')] : [];
  return [trimmed, ...digits].filter((one) => one.length >= TELLING);
}

/** What may stand before it though a letter does not: the end of an escape of JSON or of a URL. */
const ESCAPES = String.raw`\\[bfnrt]|\\u[0-9a-f]{4}|%[0-9a-f]{2}`;

/**
 * A regular expression that finds one of `searchable` where it stands for itself: `ada@example.com` is neither in
 * `nada@example.com` nor in `ada@example.com.au`. In doubt it finds more. For texts in lower case.
 */
export function mentionPattern(kind: string, spelling: string): string {
  const literal = spelling.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (kind === 'email') return `(^|[^a-z0-9._+%-]|${ESCAPES})${literal}($|[^a-z0-9.-]|-*\\.?($|[^a-z0-9.-]))`;
  if (kind === 'mobile') return `(^|[^0-9]|${ESCAPES})0*${literal}($|[^0-9])`;
  return `(^|[^a-z0-9]|${ESCAPES})${literal}($|[^a-z0-9])`;
}
