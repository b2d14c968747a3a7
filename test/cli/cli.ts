import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../../src/cli/program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `flows ARGS…` inside this process, as from a shell in `cwd`, without a terminal. A server is asked to stop at once. */
export function flows(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return startFlows(cwd, args, env, Promise.resolve()).ended;
}

export interface Running {
  /** the first text on stdout; rejects when the command ends without any */
  readonly first: Promise<string>;
  /** as SIGTERM would */
  stop(): void;
  readonly ended: Promise<Ran>;
}

/** Runs a command that serves until it is stopped. */
export function startFlows(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stopped?: Promise<void>,
): Running {
  const out: string[] = [];
  const err: string[] = [];
  const stop = deferred<void>();
  const first = deferred<string>();
  const ended = runCli(args, {
    env,
    cwd,
    out: (text) => {
      out.push(text);
      first.resolve(text);
    },
    err: (text) => void err.push(text),
    color: false,
    untilStopped: () => (stopped ?? stop.promise).then(() => 'SIGTERM' as const),
    exit: () => {},
  }).then((code) => {
    first.reject(new Error(`ended with ${code} before it said anything: ${err.join('')}`));
    return { code, out: out.join(''), err: err.join('') };
  });
  first.promise.catch(() => {});
  return { first: first.promise, stop: () => stop.resolve(), ended };
}

/** A project directory with these files; `remove` deletes it. */
export function projectWith(files: { readonly [path: string]: string | Buffer }): {
  readonly dir: string;
  remove(): void;
} {
  const dir = mkdtempSync(join(tmpdir(), 'flows-cli-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
