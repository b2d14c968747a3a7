import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SetupError } from '../system/setup-error.ts';

/** How to run Postgres's programs: as ourselves, or, since Postgres refuses to run as root, as the user `postgres`. */
export interface PostgresAccount {
  /** owner of the data directory; null = ourselves */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** words in front of every command line */
  readonly prefix: readonly string[];
  readonly spawn: { readonly uid?: number; readonly gid?: number };
}

/** @param paths files and folders that the server must reach */
export function postgresAccount(paths: readonly string[]): PostgresAccount {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [], spawn: {} };
  const owner = postgresUser() ?? createPostgresUser();
  const closed = paths.map((path) => closedFolder(path, owner)).find((folder) => folder !== undefined);
  if (closed === undefined) return { owner, prefix: [], spawn: owner };
  return { owner, prefix: passingClosedFolders(owner, closed), spawn: {} };
}

function postgresUser(): { uid: number; gid: number } | null {
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

function createPostgresUser(): { uid: number; gid: number } {
  try {
    try {
      execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'pipe' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      execFileSync('addgroup', ['-S', 'postgres'], { stdio: 'pipe' }); // BusyBox
      execFileSync('adduser', ['-S', '-D', '-H', '-G', 'postgres', 'postgres'], { stdio: 'pipe' });
    }
  } catch (error) {
    throw new SetupError(
      'Postgres does not run as root, and the user "postgres" to run it as could not be made: create that user, start as another user than root, or set DATABASE_URL.',
      { cause: error },
    );
  }
  return postgresUser()!;
}

/** The first folder above `path` that the user may not enter. */
function closedFolder(path: string, user: { readonly uid: number; readonly gid: number }): string | undefined {
  const folders: string[] = [];
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return folders.find((folder) => {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    const enter = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    return (stat.mode & enter) === 0;
  });
}

/**
 * A project in a folder that only root may enter (a fresh temporary directory, root's home): the server keeps the one
 * capability to pass it. `no_setuid_fixup` makes access(2), by which Postgres finds its own program, honor it as well.
 */
function passingClosedFolders(user: { readonly uid: number; readonly gid: number }, closed: string): string[] {
  const prefix = [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  try {
    execFileSync(prefix[0]!, [...prefix.slice(1), 'true'], { stdio: 'pipe' });
  } catch (error) {
    throw new SetupError(
      `Postgres runs as the user "postgres", which may not enter ${closed}: allow it (chmod o+x ${closed}), move the project, start as another user than root, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  return prefix;
}
