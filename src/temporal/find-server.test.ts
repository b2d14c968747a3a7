import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildServer } from './build-server.ts';
import { CLI_VERSION, cachedServer } from './cached-server.ts';
import { checkServer } from './check-server.ts';
import { findTemporal } from './find-server.ts';

let folder: string;
let env: Record<string, string>;
const lines: string[] = [];
const progress = (line: string) => void lines.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapp-flows-find-'));
  env = { HOME: folder, PATH: ['/usr/bin', '/bin'].join(delimiter) };
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that stands for the Temporal CLI or for Go. */
function program(path: string, script: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
const cli = (path: string, server = '1.29.1') =>
  program(path, `echo "temporal version 1.5.1 (Server ${server}, UI 2.42.1)"`);
const cachePath = () => join(folder, '.cache', 'mapp-flows', `temporal-${CLI_VERSION}`, 'temporal');

describe('findTemporal takes the first of', () => {
  it('TEMPORAL_ADDRESS', async () => {
    env.TEMPORAL_CLI_PATH = cli(join(folder, 'mine'));
    expect(await findTemporal({ ...env, TEMPORAL_ADDRESS: 'host:7233' }, progress)).toEqual({
      kind: 'running',
      address: 'host:7233',
    });
  });

  it('TEMPORAL_CLI_PATH', async () => {
    const binary = cli(join(folder, 'mine'));
    env.PATH = join(cli(join(folder, 'bin', 'temporal')), '..') + delimiter + env.PATH;
    expect(await findTemporal({ ...env, TEMPORAL_CLI_PATH: binary }, progress)).toEqual({
      kind: 'binary',
      binary,
      from: 'TEMPORAL_CLI_PATH',
    });
  });

  it('the PATH', async () => {
    const binary = cli(join(folder, 'bin', 'temporal'));
    cli(cachePath());
    env.PATH = join(folder, 'bin') + delimiter + env.PATH;
    expect(await findTemporal(env, progress)).toEqual({ kind: 'binary', binary, from: 'PATH' });
  });

  it('the cache directory, where the one on the PATH is too old', async () => {
    const old = cli(join(folder, 'bin', 'temporal'), '1.22.4');
    cli(cachePath());
    env.PATH = join(folder, 'bin') + delimiter + env.PATH;
    expect(await findTemporal(env, progress)).toEqual({ kind: 'binary', binary: cachePath(), from: 'cache' });
    expect(lines).toEqual([`not using ${old}: its server is 1.22.4, and 1.29 or newer is needed`]);
  });

  it('the cache directory as XDG_CACHE_HOME names it', async () => {
    env.XDG_CACHE_HOME = join(folder, 'xdg');
    const binary = cli(join(folder, 'xdg', 'mapp-flows', `temporal-${CLI_VERSION}`, 'temporal'));
    expect(await findTemporal(env, progress)).toEqual({ kind: 'binary', binary, from: 'cache' });
  });
});

it('refuses a TEMPORAL_CLI_PATH that cannot be used, rather than take another', async () => {
  cli(cachePath());
  const find = (path: string) => findTemporal({ ...env, TEMPORAL_CLI_PATH: path }, progress);
  await expect(find(join(folder, 'none'))).rejects.toThrow(
    /^TEMPORAL_CLI_PATH names .+none, .+: there is no such file\. Correct it/,
  );
  const wrong = program(join(folder, 'wrong'), 'echo hello');
  await expect(find(wrong)).rejects.toThrow('it is not the Temporal CLI: --version answers "hello"');
  const broken = program(join(folder, 'broken'), 'echo "no such library" >&2; exit 127');
  await expect(find(broken)).rejects.toThrow('it does not run (no such library)');
});

describe('buildServer', () => {
  const SERVER = `echo "temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)"`;

  it('installs the pinned CLI for this machine into the cache, and shows what Go does', async () => {
    const go = program(
      join(folder, 'go'),
      `echo "$@ CGO=$CGO_ENABLED GOOS=$GOOS" > ${folder}/called
       echo "go: downloading go.temporal.io/server v1.29.1" >&2
       echo "go.temporal.io/server/common" >&2
       printf '#!/bin/sh\\n%s\\n' '${SERVER}' > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"`,
    );
    const cached = cachedServer(env);
    expect(await cached.use(() => buildServer(go, { ...env, GOOS: 'plan9' }, cached, progress), progress)).toBeNull();
    expect(cached.binary).toBe(cachePath());
    expect(await checkServer(cached.binary)).toBeNull();
    expect(readFileSync(join(folder, 'called'), 'utf8')).toBe(
      `install -v github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION} CGO=0 GOOS=\n`,
    );
    expect(lines[0]).toMatch(
      /^building the Temporal server .+ with Go, once on this machine, some minutes: 0:00, starting$/,
    );
    expect(existsSync(cached.workshop)).toBe(false);
  });

  it('builds once, however many ask', async () => {
    const go = program(
      join(folder, 'go'),
      `echo x >> ${folder}/builds
       printf '#!/bin/sh\\n%s\\n' '${SERVER}' > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"`,
    );
    const ask = () => {
      const cached = cachedServer(env);
      return cached.use(
        async () => (existsSync(cached.binary) ? null : buildServer(go, env, cached, progress)),
        progress,
      );
    };
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([null, null, null]);
    expect(readFileSync(join(folder, 'builds'), 'utf8')).toBe('x\n');
  });

  it('passes on why Go failed, and leaves nothing half done', async () => {
    const go = program(join(folder, 'go'), `echo "note: module requires Go 1.25.0" >&2; exit 1`);
    const cached = cachedServer(env);
    expect(await cached.use(() => buildServer(go, env, cached, progress), progress)).toBe(
      'go install failed (note: module requires Go 1.25.0)',
    );
    expect(existsSync(cached.workshop)).toBe(false);
    expect(existsSync(cached.binary)).toBe(false);
  });
});
