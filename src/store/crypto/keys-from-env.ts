type Environment = Readonly<Record<string, string | undefined>>;

const ACCEPTED = 'the base64 of 32 bytes (openssl rand -base64 32 makes one)';

/**
 * `FLOWS_ENCRYPTION_KEY`, and the keys it took the place of, `FLOWS_ENCRYPTION_OLD_KEYS`, separated by commas.
 *
 * @returns the key in use first, none where nothing is to be encrypted; or what is wrong, by variable, without its value
 */
export function encryptionKeys(env: Environment): {
  readonly keys: readonly Buffer[];
  readonly problems: readonly string[];
} {
  const current = env.FLOWS_ENCRYPTION_KEY?.trim() ?? '';
  const old = (env.FLOWS_ENCRYPTION_OLD_KEYS ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const problems: string[] = [];
  const keys: Buffer[] = [];
  const read = (text: string, problem: string) => {
    const key = keyBytes(text);
    if (key === null) problems.push(problem);
    else if (!keys.some((known) => known.equals(key))) keys.push(key);
  };
  if (current !== '') read(current, `FLOWS_ENCRYPTION_KEY is not ${ACCEPTED}`);
  else if (old.length > 0) problems.push('FLOWS_ENCRYPTION_KEY is not set, while FLOWS_ENCRYPTION_OLD_KEYS is');
  for (const [n, text] of old.entries()) {
    const which = old.length === 1 ? 'FLOWS_ENCRYPTION_OLD_KEYS' : `key ${n + 1} of FLOWS_ENCRYPTION_OLD_KEYS`;
    read(text, `${which} is not ${ACCEPTED}`);
  }
  return { keys: problems.length > 0 ? [] : keys, problems };
}

/** Buffer skips what is not base64, so the text must be what its bytes give again. */
function keyBytes(value: string): Buffer | null {
  const bytes = Buffer.from(value, 'base64');
  const same =
    bytes.toString('base64').replace(/=+$/, '') === value.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  return bytes.length === 32 && same ? bytes : null;
}
