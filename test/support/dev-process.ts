/** `flows dev` as a process of its own, as its user has it, in a project directory of the test's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { builtModule } from './build.ts';

export interface DevProcess {
  readonly temporal: string;
  readonly ui: string;
  readonly ingest: string;
  readonly sandbox: string;
  readonly pid: number;
  /** what it has said on stderr so far */
  said(): string;
  /** resolves when stderr matches */
  says(pattern: RegExp): Promise<void>;
  /** `kill -9` of it alone: what it started lives on, if it can */
  kill(): Promise<void>;
  /** Ctrl-C; answers the exit code */
  stop(): Promise<number>;
  /** the exit code, when it ends by itself */
  readonly ended: Promise<number>;
}

export interface TestProject {
  readonly dir: string;
  write(path: string, text: string): void;
  dev(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<DevProcess>;
  /** runs `flows ARGS… --json` to its end */
  flows(args: readonly string[]): Promise<{ readonly code: number; readonly json: unknown; readonly err: string }>;
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function sampleProject(): TestProject {
  const project = testProject({});
  for (const path of ['mapp.yaml', 'flows', 'samples'])
    cpSync(join(ROOT, path), join(project.dir, path), { recursive: true });
  return project;
}

export function testProject(files: { readonly [path: string]: string }): TestProject {
  const dir = mkdtempSync(join(tmpdir(), 'flows-dev-'));
  const running = new Set<DevProcess>();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    dir,
    write,
    async dev(args = [], env = {}) {
      const process = await startDev(dir, args, env);
      running.add(process);
      void process.ended.then(() => running.delete(process));
      return process;
    },
    async flows(args) {
      const child = await spawnFlows(dir, [...args, '--json'], {});
      const [out, err] = [text(child.stdout!), text(child.stderr!)];
      const [code] = (await once(child, 'exit')) as [number];
      return { code, json: JSON.parse((await out) || 'null'), err: await err };
    },
    async remove() {
      // What a killed dev left running is taken over, and then ended in order.
      for (const process of running) await process.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startDev(dir: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<DevProcess> {
  const child = await spawnFlows(dir, ['dev', '--port', '0', '--json', ...args], env);
  let said = '';
  const listeners = new Set<() => void>();
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    for (const listener of listeners) listener();
  });
  const ended = once(child, 'exit').then(([code, signal]) => code ?? (signal === 'SIGKILL' ? 137 : 1));
  const lines = createInterface({ input: child.stdout! });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => line as string),
    ended.then((code) => {
      throw new Error(`flows dev ended with ${code} before it was ready:\n${said}`);
    }),
  ]);
  const ready = JSON.parse(first) as { ready?: true; temporal: string; ui: string; ingest: string; sandbox: string };
  if (!ready.ready) throw new Error(`flows dev ended with ${await ended} before it was ready:\n${said}`);
  return {
    ...ready,
    pid: child.pid!,
    said: () => said,
    says: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!pattern.test(said)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
    ended,
  };
}

async function spawnFlows(dir: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const main = fileURLToPath(await builtModule('cli/main.ts'));
  return spawn(process.execPath, [main, ...args], {
    cwd: dir,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8')) all += chunk;
  return all;
}
