import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Child<Ready> {
  readonly pid: number;
  /** what the child said of itself when it was ready */
  readonly ready: Ready;
  ask<Answer>(): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * Starts a compiled module of `bench/processes` in a process of its own and waits until it is ready. It ends with us,
 * however we end: its IPC channel closes then.
 *
 * @param execArgv options of Node for the child
 * @throws it ended before it was ready
 */
export async function startChild<Ready>(
  module: string,
  settings: object,
  execArgv: readonly string[] = [],
): Promise<Child<Ready>> {
  const path = fileURLToPath(new URL(`../processes/${module}.js`, import.meta.url));
  // stdout is the report's
  const child = fork(path, [JSON.stringify(settings)], { execArgv: [...execArgv], stdio: ['ignore', 2, 2, 'ipc'] });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`bench process ${module} ended (${signal ?? code})`)));
  });
  ended.catch(() => {});
  const message = () =>
    Promise.race([new Promise<Record<string, unknown>>((resolve) => child.once('message', resolve as never)), ended]);
  const { ready } = await message();
  return {
    pid: child.pid!,
    ready: ready as Ready,
    async ask<Answer>() {
      const answer = message();
      child.send('ask');
      return (await answer).answer as Answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.send('stop');
      await exit;
    },
  };
}
