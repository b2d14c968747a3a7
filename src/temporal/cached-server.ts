import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { withFileLock } from '../system/file-lock.ts';
import type { Progress } from './find-server.ts';

/** The Temporal CLI that we get where none is installed: server 1.29.1, UI 2.42.1. From 1.6.0 on `go install` refuses it. */
export const CLI_VERSION = '1.5.1';

export interface CachedServer {
  /** where the program is, or will be */
  readonly binary: string;
  /** a folder of our own to make it in, on the same disk */
  readonly workshop: string;
  /** does `work` while no other process makes it */
  use<T>(work: () => Promise<T>, progress: Progress): Promise<T>;
  /** puts a finished program in its place, in one step */
  keep(program: string): Promise<void>;
}

/** The copy in the user's cache directory (XDG_CACHE_HOME, else ~/.cache; LOCALAPPDATA on Windows). One copy per version. */
export function cachedServer(env: Readonly<Record<string, string | undefined>>): CachedServer {
  const home = env.HOME || homedir();
  const cache = env.XDG_CACHE_HOME || (process.platform === 'win32' && env.LOCALAPPDATA) || join(home, '.cache');
  const folder = join(cache, 'mapp-flows', `temporal-${CLI_VERSION}`);
  const workshop = `${folder}.new`;
  const binary = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  return {
    binary,
    workshop,
    use: (work, progress) =>
      withFileLock(
        `${folder}.lock`,
        async () => {
          try {
            return await work();
          } finally {
            await rm(workshop, { recursive: true, force: true });
          }
        },
        (pid) => progress(`waiting for process ${pid}, which is getting the Temporal server`),
      ),
    keep: async (program) => {
      await mkdir(dirname(binary), { recursive: true });
      await rename(program, binary);
    },
  };
}
