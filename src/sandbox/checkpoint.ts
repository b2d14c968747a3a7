/** What the account holds, in a file of its own, so that a start need not read every call there ever was. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { SetupError } from '../system/setup-error.ts';

const FORMAT = 1;

/** `state` after all calls up to `seq`. */
export interface Checkpoint {
  /** number of the last event that is in it */
  readonly seq: number;
  /** how many lines the journal had by then */
  readonly lines: number;
  /** a structured clone: Maps and Sets are kept */
  readonly state: unknown;
}

/** Null where there is none. @throws SetupError it cannot be read */
export async function readCheckpoint(dir: string): Promise<Checkpoint | null> {
  const path = pathIn(dir);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { format, ...checkpoint } = deserialize(bytes);
    if (format === FORMAT) return checkpoint;
  } catch {
    // written by a newer Node, or not by us
  }
  throw new SetupError(`the sandbox cannot read ${path}; remove the folder ${dir} to begin anew`);
}

/** Complete or not at all. */
export async function writeCheckpoint(dir: string, checkpoint: Checkpoint): Promise<void> {
  const path = pathIn(dir);
  await writeFile(`${path}.new`, serialize({ format: FORMAT, ...checkpoint }));
  await rename(`${path}.new`, path);
}

export async function removeCheckpoint(dir: string): Promise<void> {
  await rm(pathIn(dir), { force: true });
}

function pathIn(dir: string): string {
  return join(dir, 'account.v8');
}
