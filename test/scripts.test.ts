import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
let clone: string;

/** A small repository with our scripts: two sources, no package, and a program in npm's place. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'mapp-flows-clone-'));
  for (const folder of ['bin', 'scripts']) cpSync(join(ROOT, folder), join(clone, folder), { recursive: true });
  for (const file of ['tsconfig.json', 'tsconfig.build.json']) cpSync(join(ROOT, file), join(clone, file));
  write('package.json', JSON.stringify({ name: 'small', type: 'module', dependencies: { left: '1.0.0' } }));
  write('package-lock.json', lock());
  write(
    'src/cli/main.ts',
    "const words: string[] = ['ran', ...process.argv.slice(2)];\nconsole.log(words.join(' '));\n",
  );
  write(
    'src/worker/workflow-bundle.ts',
    "import { writeFileSync } from 'node:fs';\nexport const writeBundle = async () => writeFileSync(new URL('../bundle.js', import.meta.url), '');\n",
  );
  write('npm/package.json', '{ "type": "commonjs" }');
  write('npm/npm-cli.js', npm());
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

const lock = (version = '1.0.0') =>
  JSON.stringify({
    packages: {
      '': { dependencies: { left: '1.0.0' } },
      'node_modules/left': { version },
      'node_modules/elsewhere': { version: '1.0.0', optional: true },
    },
  });

/** What npm notes in node_modules: not the optional package of another platform. */
const installed = (version: string) => JSON.stringify({ packages: { 'node_modules/left': { version } } });

/** Installs `left`, and the real compiler; notes how it was called. */
const npm = (version = '1.0.0') => `
  const fs = require('node:fs');
  fs.writeFileSync('called', process.argv.slice(2).join(' '));
  fs.mkdirSync('node_modules/left', { recursive: true });
  fs.writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(installed(version))});
  for (const name of ['typescript', '@typescript', '@types']) {
    if (!fs.existsSync('node_modules/' + name)) fs.symlinkSync(${JSON.stringify(join(ROOT, 'node_modules'))} + '/' + name, 'node_modules/' + name);
  }`;

function write(path: string, text: string): void {
  mkdirSync(join(clone, path, '..'), { recursive: true });
  writeFileSync(join(clone, path), text);
}

function run(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, script), ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: join(clone, 'npm', 'npm-cli.js') },
  });
  return { status, stdout, stderr };
}

describe('on a Node that is too old', () => {
  it('every script says so before it loads anything else', () => {
    const scripts = [
      'bin/flows.js',
      ...readdirSync(join(ROOT, 'scripts'))
        .filter((name) => name.endsWith('.mjs'))
        .map((name) => `scripts/${name}`),
    ];
    expect(scripts.length).toBeGreaterThan(4);
    for (const script of scripts) {
      const imports = [...readFileSync(join(ROOT, script), 'utf8').matchAll(/^import .*$/gm)].map(([line]) => line);
      expect(imports, script).toEqual([expect.stringContaining('check-node.js')]);
    }
    const old = `Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } }); import(${JSON.stringify(join(ROOT, 'scripts', 'start.mjs'))});`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', old], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^mapp-flows needs Node 20\.19 or newer, and this is Node 18\.20\.4 \(.+\): install a newer one/,
    );
  });
});

describe('prepare', () => {
  it('installs the locked packages and compiles, then has nothing left to do', () => {
    const first = run('scripts/prepare.mjs');
    expect(first).toMatchObject({ status: 0, stdout: '' });
    expect(first.stderr).toBe('> installing packages with npm (none are there)\n> compiling src/ to dist/\n');
    expect(readFileSync(join(clone, 'called'), 'utf8')).toMatch(/^install --no-save --include=dev /);
    expect(run('scripts/prepare.mjs')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('installs again when the lock file wants other packages, and compiles again', () => {
    run('scripts/prepare.mjs');
    write('package-lock.json', lock('2.0.0'));
    write('npm/npm-cli.js', npm('2.0.0'));
    expect(run('scripts/prepare.mjs').stderr).toBe(
      '> installing packages with npm (left 2.0.0 is missing)\n> compiling src/ to dist/\n',
    );
  });

  it('says what to do when npm cannot install', () => {
    write('npm/npm-cli.js', "console.error('npm error network'); process.exit(1);");
    const { status, stderr } = run('scripts/prepare.mjs');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /npm error network\n\nnpm run prepare: npm did not install the packages .+: check the network, the proxy and the registry/,
    );
  });

  it('says so when package.json and its lock file differ', () => {
    write('package.json', JSON.stringify({ type: 'module', dependencies: { left: '3.0.0' } }));
    expect(run('scripts/prepare.mjs').stderr).toContain(
      'package.json and package-lock.json differ about left: run npm install',
    );
  });

  it('shows type errors, and leaves no dist/ that passes for finished', () => {
    write('src/cli/main.ts', 'const words: string = 1;\nconsole.log(words);\n');
    const { status, stdout, stderr } = run('scripts/prepare.mjs');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain("src/cli/main.ts(1,7): error TS2322: Type 'number' is not assignable to type 'string'.");
    expect(stderr).toContain('npm run prepare: src/ does not compile: correct the errors above, then try again.');
    expect(run('bin/flows.js').status).toBe(1);
  });
});

describe('flows', () => {
  const STALE = { status: 1, stdout: '', stderr: 'flows: dist/ is missing or older than src/: run npm run build.\n' };

  it('runs what was built, and refuses to run what is older than its sources', () => {
    expect(run('bin/flows.js')).toEqual(STALE);
    expect(run('scripts/build.mjs').status).toBe(0);
    expect(existsSync(join(clone, 'dist', 'bundle.js'))).toBe(true);
    expect(run('bin/flows.js', 'a', 'b')).toEqual({ status: 0, stdout: 'ran a b\n', stderr: '' });
    utimesSync(join(clone, 'src', 'cli', 'main.ts'), 1, 1);
    expect(run('bin/flows.js')).toEqual(STALE);
    run('scripts/build.mjs');
    write('src/cli/main.test.ts', 'tests are no part of it');
    expect(run('bin/flows.js').status).toBe(0);
    write('src/new.ts', 'export {};\n');
    expect(run('bin/flows.js')).toEqual(STALE);
  });

  it('runs without any source where it is installed as a package', () => {
    run('scripts/build.mjs');
    for (const folder of ['src', 'scripts']) rmSync(join(clone, folder), { recursive: true });
    symlinkSync(join(clone, 'bin', 'flows.js'), join(clone, 'flows'));
    expect(run('flows', 'x')).toEqual({ status: 0, stdout: 'ran x\n', stderr: '' });
  });
});

it('bench names the measures there are: files directly in bench/', () => {
  write('bench/history.ts', "import { cost } from './support/cost.ts';\ncost();\n");
  write('bench/support/cost.ts', 'export function cost() {}\n');
  write('bench/history.test.ts', '');
  expect(run('scripts/bench.mjs', 'speed')).toMatchObject({
    status: 2,
    stderr: 'npm run bench: speed is unknown; there are the measures history, and -- --json --small.\n',
  });
});
