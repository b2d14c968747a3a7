import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { processIdentity } from './processes.ts';

/**
 * Runs `work` while no other process of this machine (and no other caller in this one) runs under the lock file `path`.
 * The file names its owner; the lock of an owner that was killed is taken over.
 *
 * @param onWait told once, with the owner's pid, when the lock is not free at once
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait?: (pid: number) => void,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path))) {
    const owner = await readOwner(path);
    if (owner === null) continue;
    if (isStale(owner)) {
      await discard(path);
      continue;
    }
    if (!told) onWait?.(Number.parseInt(owner, 10));
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** A link appears with its content in one step, so that nobody ever reads a lock without its owner. */
async function take(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, processIdentity(process.pid)!);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readOwner(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function isStale(owner: string): boolean {
  return processIdentity(Number.parseInt(owner, 10)) !== owner;
}

/** Moves the lock away before it is deleted: where two find it stale, the second one moves a fresh lock, and puts it back. */
async function discard(path: string): Promise<void> {
  const grave = `${path}.${randomUUID()}`;
  try {
    await rename(path, grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const owner = await readOwner(grave);
  if (owner !== null && !isStale(owner)) {
    await link(grave, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  await rm(grave, { force: true });
}
