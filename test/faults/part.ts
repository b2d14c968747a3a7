/** A production part (`flows serve`, `flows worker`) as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import { processIdentity } from '../../src/system/processes.ts';
import { watchdog } from '../../src/system/watchdog.ts';

export interface Part {
  readonly pid: number;
  /** base URL of the ingest; null for a worker */
  readonly ingest: string | null;
  /** what it has said to operators so far */
  said(): string;
  /** the exit code; null: it was killed */
  readonly ended: Promise<number | null>;
  /** `kill -9` */
  kill(): Promise<void>;
  /** stands still for `ms`, as on a machine that swaps, or is suspended */
  freeze(ms: number): Promise<void>;
  /** as a supervisor would: SIGTERM; answers the exit code */
  stop(): Promise<number | null>;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts parts of the project in `dir`, which end with this process, however it ends. */
export function parts(main: string, dir: string, env: NodeJS.ProcessEnv): (...args: string[]) => Promise<Part> {
  const pids = join(dir, '.pids');
  mkdirSync(pids, { recursive: true });
  return async (...args) => {
    const child = spawn(process.execPath, [main, ...args, '--json'], {
      cwd: dir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const pid = child.pid!;
    const pidFile = join(pids, String(pid));
    writeFileSync(pidFile, processIdentity(pid) ?? '');
    const dog = watchdog([pidFile], { signal: 'SIGKILL' });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const ended = once(child, 'exit').then(([code]) => {
      running.delete(child);
      dog.dismiss();
      return code as number | null;
    });
    const first = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([line]) => line as string),
      ended.then((code) => Promise.reject(new Error(`flows ${args.join(' ')} ended with ${code}:\n${said}`))),
    ]);
    const { ingest } = JSON.parse(first) as { ingest: string | null };
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    };
    return {
      pid,
      ingest,
      said: () => said,
      ended,
      kill: async () => void (await end('SIGKILL')),
      async freeze(ms) {
        child.kill('SIGSTOP');
        await new Promise((resolve) => setTimeout(resolve, ms));
        child.kill('SIGCONT');
      },
      stop: () => end('SIGTERM'),
    };
  };
}

export interface Supervised {
  /** the present process */
  readonly part: Part;
  /** pids that are gone */
  readonly gone: readonly number[];
  /** of those that ended without having been killed: exit code and log */
  readonly died: readonly string[];
  /** `kill -9`; it is started again at once, and again until that succeeds */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A part that is started again whenever it ends, as production has it. */
export async function supervised(start: () => Promise<Part>): Promise<Supervised> {
  let part = await start();
  let stopping = false;
  const gone: number[] = [];
  const died: string[] = [];
  const watch = async () => {
    while (!stopping) {
      const { pid, ended, said } = part;
      const code = await ended;
      gone.push(pid);
      if (code !== null && !stopping) died.push(`exit code ${code}:\n${said().slice(-5_000)}`);
      while (!stopping) {
        const next = await start().catch(() => null); // what it needs may be away as well
        if (next === null) continue;
        part = next;
        break;
      }
    }
  };
  const watching = watch();
  return {
    get part() {
      return part;
    },
    gone,
    died,
    kill: () => part.kill(),
    async stop() {
      stopping = true;
      await part.stop();
      await watching;
      await part.stop(); // one that was being started meanwhile
    },
  };
}
