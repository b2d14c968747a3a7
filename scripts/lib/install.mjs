import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure, ROOT, runNode, say } from './steps.mjs';

/**
 * Installs the packages of package-lock.json where node_modules has others, or none. Not by `npm ci`: that refuses a lock
 * file without the optional packages of other platforms, which npm leaves out where the registry does not offer them.
 * `npm install` takes the locked versions as well, and with `--no-save` changes no file of the repository.
 */
export async function install() {
  checkLock();
  const reason = whatIsMissing();
  if (reason === null) return;
  say(`installing packages with npm (${reason})`);
  // Development packages too, whatever NODE_ENV says: compiler and tests are among them.
  const options = ['--no-save', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await runNode(npmScript(), ['install', ...options], { quietOutput: true });
  if (code === 0 && whatIsMissing() === null) return;
  throw new Failure(
    'npm did not install the packages (see above): check the network, the proxy and the registry that npm uses (npm config get registry), and free disk space, then try again.',
  );
}

function checkLock() {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const locked = packagesOf('package-lock.json')?.[''];
  if (locked === undefined) {
    throw new Failure('package-lock.json is missing or damaged: restore it (git checkout package-lock.json).');
  }
  for (const group of ['dependencies', 'devDependencies']) {
    const names = Object.keys({ ...own[group], ...locked[group] });
    const other = names.find((name) => own[group]?.[name] !== locked[group]?.[name]);
    if (other !== undefined) {
      throw new Failure(`package.json and package-lock.json differ about ${other}: run npm install, and commit both.`);
    }
  }
}

/** npm notes in node_modules what it installed there; null when that is what the lock file wants. */
function whatIsMissing() {
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === null) return 'none are there';
  const wanted = packagesOf('package-lock.json');
  if (wanted === null)
    throw new Failure('package-lock.json is missing or damaged: restore it (git checkout package-lock.json).');
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = installed[path];
    if (there === undefined) {
      if (!optional) return `${path.replace(/^.*node_modules\//, '')} is missing`;
    } else if (there.version !== version || !existsSync(join(ROOT, path))) {
      return `${path.replace(/^.*node_modules\//, '')} ${version} is missing`;
    }
  }
  return null;
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages;
  } catch {
    return null;
  }
}

/** The npm that runs us, else the one that came with this Node, else the one on the PATH. */
function npmScript() {
  const bundled = ['lib/node_modules', 'node_modules'].flatMap((folder) =>
    [join(process.execPath, '..', '..'), join(process.execPath, '..')].map((base) =>
      join(base, folder, 'npm/bin/npm-cli.js'),
    ),
  );
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  // Only a script: with `yarn start` or `pnpm start` this names another program.
  const caller = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.env.npm_execpath] : [];
  const found = [...caller, ...bundled, ...onPath].find((path) => existsSync(path));
  if (found === undefined) throw new Failure('npm was not found: install Node with its npm, then try again.');
  return found;
}
