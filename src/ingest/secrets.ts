import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a text is one of the secrets, in a time that depends on neither. */
export function matchesSecret(given: string, secrets: readonly string[]): boolean {
  const digest = sha256(given);
  let found = false;
  for (const secret of secrets) found = timingSafeEqual(digest, sha256(secret)) || found;
  return found;
}

/** The credentials of an `Authorization` header with this scheme (case does not matter); null without. */
export function authorization(header: string | undefined, scheme: string): string | null {
  const match = /^(\S+) +(\S.*)$/.exec(header?.trim() ?? '');
  return match && match[1]!.toLowerCase() === scheme.toLowerCase() ? match[2]!.trim() : null;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether the header is `Authorization: Bearer` with one of the secrets. */
export function matchesBearer(header: string | undefined, secrets: readonly string[]): 'accepted' | 'refused' {
  const token = authorization(header, 'Bearer');
  return token !== null && matchesSecret(token, secrets) ? 'accepted' : 'refused';
}
