import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CachedServer, CLI_VERSION } from './cached-server.ts';
import { checkServer, isProgram, programOnPath } from './check-server.ts';
import type { Progress } from './find-server.ts';

/** Go's program: on the PATH, or where its installer puts it. */
export function findGo(env: Readonly<Record<string, string | undefined>>): string | null {
  return (
    programOnPath('go', env) ?? [`/usr/local/go/bin/go`, join(homedir(), 'go', 'bin', 'go')].find(isProgram) ?? null
  );
}

/**
 * Builds the pinned Temporal CLI into the cache directory: about four minutes on two cores, 250 MB.
 *
 * @returns null when it is there, else why not
 */
export async function buildServer(
  go: string,
  env: Readonly<Record<string, string | undefined>>,
  cached: CachedServer,
  progress: Progress,
): Promise<string | null> {
  await mkdir(cached.workshop, { recursive: true });
  const began = performance.now();
  let activity = 'starting';
  let compiled = 0;
  const report = () => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    progress(
      `building the Temporal server ${CLI_VERSION} with Go, once on this machine, some minutes: ${time}, ${activity}`,
    );
  };
  report();
  const ticking = setInterval(report, 1_000);
  const complaints: string[] = [];
  try {
    const child = spawn(go, ['install', '-v', `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`], {
      cwd: cached.workshop,
      // A cross-compiling environment would put the program elsewhere, and make one that does not run here.
      env: { ...env, CGO_ENABLED: '0', GOBIN: cached.workshop, GOOS: undefined, GOARCH: undefined, GOWORK: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('go: downloading ')) activity = `downloading ${line.slice(16)}`;
      else if (/^[\w./-]+$/.test(line)) activity = `${++compiled} packages compiled, now ${line}`;
      else complaints.push(line.trim());
    });
    const code = await new Promise<number | string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
    });
    if (code !== 0)
      return `go install failed (${complaints.filter((line) => line !== '').at(-1) ?? `it ended with ${code}`})`;
  } finally {
    clearInterval(ticking);
  }
  const built = join(cached.workshop, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  const problem = await checkServer(built);
  if (problem !== null) return `the Temporal CLI built with Go cannot be used: ${problem}`;
  await cached.keep(built);
  return null;
}
