import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from '../system/processes.ts';

/** What a running `flows dev` leaves in its project, so that other commands find it without any variable. */
export interface DevFile {
  /** who wrote it, as `processIdentity` names processes: a pid alone may be another's by now */
  readonly process: string;
  /** host:port */
  readonly temporal: string;
  readonly namespace: string;
  /** base URLs; null when not started */
  readonly ui: string | null;
  readonly ingest: string;
  readonly sandbox: string | null;
  /** Postgres URL of the store */
  readonly database: string;
  /** values `dev` made for missing variables of the sources' secrets, by variable */
  readonly made?: { readonly [variable: string]: string };
}

export function devFilePath(projectDir: string): string {
  return join(projectDir, '.flows', 'dev.json');
}

/** The `flows dev` that runs in this project; null where none does, also when one was killed and left its file. */
export function findDev(projectDir: string): DevFile | null {
  let file: DevFile;
  try {
    file = JSON.parse(readFileSync(devFilePath(projectDir), 'utf8')) as DevFile;
  } catch {
    // No file, or one that is being written at this moment: nothing is ready to be found.
    return null;
  }
  return processIdentity(Number.parseInt(file.process, 10)) === file.process ? file : null;
}
