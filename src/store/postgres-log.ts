import { readFileSync } from 'node:fs';
import { SetupError } from '../system/setup-error.ts';

/** What Postgres's programs say when they cannot start, and what to do about it; `{data}` is the data directory. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/i, 'the disk is full: free some space'],
  [/Disk quota exceeded/i, 'the disk quota is used up: free some space'],
  [
    /could not (create|resize) shared memory|Cannot allocate memory/i,
    'the machine has no memory left for it: end other programs',
  ],
  [
    /incompatible with server|initialized by PostgreSQL version/i,
    'its data was made by another version of Postgres: install the mapp-flows that made it, or delete {data} (its contents are lost)',
  ],
  [/Read-only file system/i, '{data} cannot be written: move the project to a place that can'],
  [/Permission denied|could not access directory/i, 'the user it runs as may not use {data}: correct the permissions'],
  [/required file not found|ENOENT|not found \(required by/i, 'its programs need glibc, which this system lacks'],
];

/** The last line in which Postgres says why it failed, without time and pid. */
export function lastComplaint(text: string): string | null {
  const lines = text.split('\n').filter((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line));
  return lines.at(-1)?.replace(/^.*?\b(FATAL|PANIC|ERROR|error):\s*/, '') ?? null;
}

/** The end of a server's log: what it wrote from `offset` on. */
export function readLog(path: string, offset: number): string {
  try {
    return readFileSync(path).subarray(offset).toString('utf8');
  } catch {
    return '';
  }
}

/** @param text what the program wrote @param cause what was caught, if anything */
export function startFailure(text: string, data: string, log: string | null, cause?: unknown): SetupError {
  const known = REMEDIES.find(([pattern]) => pattern.test(`${text}\n${cause instanceof Error ? cause.message : ''}`));
  const said =
    lastComplaint(text) ?? (cause instanceof Error ? cause.message.split('\n')[0]! : 'it ended without a word');
  const remedy = known?.[1].replaceAll('{data}', data) ?? (log === null ? 'see above' : `its log is ${log}`);
  return new SetupError(
    `the private Postgres did not start (${said}): ${remedy}; or set DATABASE_URL to a server of your own.`,
    {
      cause,
    },
  );
}
