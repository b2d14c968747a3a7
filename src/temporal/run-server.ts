import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { withFileLock } from '../system/file-lock.ts';
import { freePort, isPortTaken } from '../system/free-port.ts';
import { processEnd, processIdentity } from '../system/processes.ts';
import { SetupError } from '../system/setup-error.ts';
import { watchdog } from '../system/watchdog.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

export interface TemporalServerOptions {
  /** the Temporal CLI, from `findTemporal` */
  readonly binary: string;
  /** folder of data file, pid file and log (`.flows/temporal`) */
  readonly dir: string;
  /** gRPC; 7233 unless told, 0 = a free one */
  readonly port?: number;
  /** web UI; `port` + 1000 unless told, 0 = a free one */
  readonly uiPort?: number;
  /** no data file: everything is forgotten when it ends */
  readonly inMemory?: boolean;
  /** base URL of the codec server that the web UI shows payloads by */
  readonly codecEndpoint?: string;
  /** told of a server that a killed process left behind */
  readonly log: (message: string) => void;
}

export interface TemporalServer {
  /** host:port of the gRPC service; its namespace is `default` */
  readonly address: string;
  /** base URL of the web UI */
  readonly ui: string;
  /** when the server ends before `stop`: a sentence that says so */
  readonly failed: Promise<string>;
  /** ends it orderly */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/**
 * Runs `temporal server start-dev` until `stop`, or until this process ends in whatever way. Two servers must never open
 * one data file (nothing in them prevents it): one left by a killed process is ended first, one in use is an error.
 *
 * @throws SetupError port taken, data in use, or the server does not start
 */
export async function startTemporal(options: TemporalServerOptions): Promise<TemporalServer> {
  mkdirSync(options.dir, { recursive: true });
  return withFileLock(join(options.dir, 'server.lock'), async () => {
    await endLeftOver(options);
    const ports = await choosePorts(options);
    return launch(options, ports);
  });
}

/** The pid file: who the server is, and on the second line who runs it, both as `processIdentity` names them. */
const pidFileOf = (dir: string) => join(dir, 'server.pid');

async function endLeftOver({ dir, log }: TemporalServerOptions): Promise<void> {
  let lines: string[];
  try {
    lines = readFileSync(pidFileOf(dir), 'utf8').split('\n');
  } catch {
    return;
  }
  const [server, owner] = lines.map((identity) => ({ pid: Number.parseInt(identity, 10), identity }));
  if (server !== undefined && processIdentity(server.pid) === server.identity) {
    if (owner !== undefined && processIdentity(owner.pid) === owner.identity) {
      throw new SetupError(
        `process ${owner.pid} already runs a Temporal server on ${dir}: end it first, or use another project directory.`,
      );
    }
    log(`ending the Temporal server (process ${server.pid}) that a killed process left running`);
    await end(server.pid);
  }
  rmSync(pidFileOf(dir), { force: true });
}

async function end(pid: number): Promise<void> {
  for (const [signal, limit] of [
    ['SIGTERM', STOP_LIMIT_MS],
    ['SIGKILL', STOP_LIMIT_MS],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await processEnd(pid, limit)) return;
  }
}

async function choosePorts({ port = 7233, uiPort }: TemporalServerOptions): Promise<{ port: number; uiPort: number }> {
  const chosen = port === 0 ? await freePort() : port;
  const chosenUi = uiPort === 0 || (uiPort === undefined && port === 0) ? await freePort() : (uiPort ?? chosen + 1000);
  for (const [name, number] of [
    ['Temporal server', chosen],
    ['Temporal UI', chosenUi],
  ] as const) {
    if (await isPortTaken(number)) {
      throw new SetupError(
        `port ${number} for the ${name} is taken by another program: end that one, use free ports (--port 0), or set TEMPORAL_ADDRESS to use a server that runs there.`,
      );
    }
  }
  return { port: chosen, uiPort: chosenUi };
}

async function launch(
  options: TemporalServerOptions,
  ports: { port: number; uiPort: number },
): Promise<TemporalServer> {
  const log = join(options.dir, 'server.log');
  const address = `127.0.0.1:${ports.port}`;
  const output = openSync(log, 'a', 0o600);
  const offset = statSync(log).size;
  // Detached: Ctrl-C in the terminal must reach our worker first, which still needs the server to end orderly.
  const child = spawn(options.binary, startArguments(options, ports), {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let ended: string | null = null;
  let stopping = false;
  const failed = new Promise<string>((resolve) => {
    const report = (how: string) => {
      // Once it was told to stop, nobody asks why it ended, and whoever told it may have removed the log already.
      ended = `the Temporal server ended (${how}${stopping ? '' : lastLine(log, offset)}); its log is ${log}.`;
      if (!stopping) resolve(ended);
    };
    child.once('error', (error) => report(error.message));
    child.once('exit', (code, signal) => report(signal ?? `exit code ${code}`));
  });
  const identity = child.pid === undefined ? null : processIdentity(child.pid);
  if (identity !== null) writeFileSync(pidFileOf(options.dir), `${identity}\n${processIdentity(process.pid)}\n`);
  const dog = watchdog([pidFileOf(options.dir)]);
  const stop = async () => {
    stopping = true;
    if (child.pid !== undefined && ended === null) await end(child.pid);
    dog.dismiss();
    rmSync(pidFileOf(options.dir), { force: true });
  };
  child.unref();
  try {
    await serving(address, () => ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, ui: `http://127.0.0.1:${ports.uiPort}`, failed, stop };
}

function startArguments(options: TemporalServerOptions, ports: { port: number; uiPort: number }): string[] {
  const data = options.inMemory
    ? []
    : ['--db-filename', join(options.dir, 'temporal.db'), '--sqlite-pragma', 'journal_mode=WAL'];
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.port), '--ui-port', String(ports.uiPort)],
    ...['--log-level', 'warn', '--color', 'never'],
    ...(options.codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', options.codecEndpoint]),
    ...data,
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    // Otherwise the server asks its vendor for news of newer versions.
    ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
  ];
}

/** Waits until the server says SERVING and has its namespace. */
async function serving(address: string, ended: () => string | null): Promise<void> {
  const connection = Connection.lazy({ address });
  const deadline = Date.now() + START_LIMIT_MS;
  try {
    for (;;) {
      const failure = ended();
      if (failure !== null)
        throw new SetupError(`${failure.slice(0, -1)}; correct that, or set TEMPORAL_ADDRESS to a running server.`);
      try {
        await connection.withDeadline(Date.now() + 2_000, async () => {
          await connection.ensureConnected();
          await connection.workflowService.describeNamespace({ namespace: 'default' });
        });
        return;
      } catch (error) {
        if (Date.now() > deadline) {
          throw new SetupError(`the Temporal server was not ready within ${START_LIMIT_MS / 1000} s.`, {
            cause: error,
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    await connection.close();
  }
}

/** The last thing that a program wrote to its log, to be put in brackets. */
function lastLine(log: string, offset: number): string {
  const lines = readFileSync(log).subarray(offset).toString('utf8').trim().split('\n');
  const line = lines.findLast((text) => /error|fail|fatal|panic/i.test(text)) ?? lines.at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 300)}`;
}
