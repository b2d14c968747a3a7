import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../../src/cli/program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `flows ARGS…` inside this process, as from a shell in `cwd`, without a terminal. */
export async function flows(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    env,
    cwd,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    color: false,
    untilStopped: () => Promise.resolve(),
  });
  return { code, out: out.join(''), err: err.join('') };
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
