import { execFile, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, isPortTaken } from '../system/free-port.ts';
import { isRunning, processCommand } from '../system/processes.ts';
import { type PostgresAccount, postgresAccount } from './postgres-account.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { readLog, startFailure } from './postgres-log.ts';

const run = promisify(execFile);

/** The superuser of a private server. */
export const POSTGRES_USER = 'flows';

/** Every private server: loopback only, no socket files; local tools may open many connections. */
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200' };

const START_LIMIT_MS = 60_000;

/** Where a private server lives, and how its programs are run. Callers hold the lock of its directory. */
export interface PostgresPlace {
  readonly data: string;
  readonly log: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
}

/** @throws SetupError no build for this platform, or nobody to run it as */
export function postgresPlace(data: string): PostgresPlace {
  const binaries = postgresBinaries();
  return {
    data,
    log: `${data}.log`,
    binaries,
    account: postgresAccount([join(data, 'PG_VERSION'), binaries.postgres]),
  };
}

/** Makes the data directory; it appears complete or not at all. @throws SetupError */
export async function initializePostgres(place: PostgresPlace, password: string): Promise<void> {
  const { data, binaries, account } = place;
  const draft = `${data}.new`;
  const passwordFile = `${data}.pwfile`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.owner !== null) {
    for (const path of [draft, passwordFile]) chownSync(path, account.owner.uid, account.owner.gid);
  }
  const [command, ...args] = [
    ...account.prefix,
    binaries.initdb,
    `--pgdata=${draft}`,
    `--pwfile=${passwordFile}`,
    `--username=${POSTGRES_USER}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  try {
    await run(command!, args, account.spawn);
    renameSync(draft, data);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw startFailure((error as { stderr?: string }).stderr ?? '', data, null, error);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** The port of the server that was killed on this directory: its `postmaster.pid` is left. Null after an orderly end. */
export function killedPostgresPort(place: PostgresPlace): number | null {
  const port = Number(pidFile(place)?.[3]);
  return Number.isInteger(port) && port > 0 ? port : null;
}

/** Pid and port of the server that runs on this directory (its `postmaster.pid`, lines 1, 4 and 8), or null. */
export function runningPostgres(place: PostgresPlace): { pid: number; port: number; ready: boolean } | null {
  const lines = pidFile(place);
  if (lines === null) return null;
  const pid = Number(lines[0]);
  if (!isRunning(pid)) return null;
  const command = processCommand(pid);
  if (command !== null && !command.includes('postgres')) {
    // The pid was given to another program after a crash. Postgres itself would take it for a running server.
    rmSync(pidPath(place), { force: true });
    return null;
  }
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

function pidPath(place: PostgresPlace): string {
  return join(place.data, 'postmaster.pid');
}

/** Its lines; null where there is none. */
function pidFile(place: PostgresPlace): string[] | null {
  try {
    return readFileSync(pidPath(place), 'utf8').split('\n');
  } catch {
    return null;
  }
}

/**
 * Starts the server, detached: neither Ctrl-C in our terminal nor the end of this process reaches it. One that was killed
 * gets its port again, where its clients look for it.
 *
 * @param settings further settings of postgresql.conf
 * @param patience how long, in ms, it waits for that port where somebody else has it, before it takes another one
 * @returns its port, once it takes connections @throws SetupError
 */
export async function startPostgres(
  place: PostgresPlace,
  settings: Readonly<Record<string, string>>,
  patience: number,
): Promise<number> {
  const before = killedPostgresPort(place);
  const deadline = performance.now() + patience;
  for (let attempt = 1; ; attempt += 1) {
    const port = before !== null && (await becomesFree(before, deadline)) ? before : await freePort();
    const offset = statSync(place.log, { throwIfNoEntry: false })?.size ?? 0;
    const failure = await launch(place, port, settings);
    if (failure === null) return port;
    const said = readLog(place.log, offset);
    // Another program took the port meanwhile, or the children of a server killed a moment ago are still ending.
    const passing = /Address already in use|could not bind|shared memory block|lock file .* already exists/.test(said);
    if (!passing || attempt === 10) throw startFailure(said, place.data, place.log, failure);
    await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
  }
}

async function becomesFree(port: number, deadline: number): Promise<boolean> {
  while (await isPortTaken(port)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return true;
}

/** Ends the server orderly; open transactions of others are rolled back. */
export async function stopPostgres(place: PostgresPlace): Promise<void> {
  const { account, binaries, data } = place;
  const [command, ...args] = [
    ...account.prefix,
    binaries.pgCtl,
    'stop',
    '-D',
    data,
    '-m',
    'fast',
    '-w',
    '-t',
    '60',
    '-s',
  ];
  try {
    await run(command!, args, account.spawn);
  } catch (error) {
    if (runningPostgres(place) !== null) throw error;
  }
}

/** Waits until a server that is starting takes connections; false when it ended instead. */
export async function postgresReady(place: PostgresPlace, isEnded: () => boolean): Promise<boolean> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (!runningPostgres(place)?.ready) {
    if (isEnded() || performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** Null when the server is ready, else why it is not. */
async function launch(
  place: PostgresPlace,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<Error | null> {
  const { account, binaries, data, log } = place;
  const options = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...args] = [...account.prefix, binaries.postgres, '-D', data, '-p', String(port), ...options];
  const output = openSync(log, 'a', 0o600);
  try {
    const server = spawn(command!, args, {
      ...account.spawn,
      detached: true,
      stdio: ['ignore', output, output],
      cwd: data,
    });
    let failure: Error | null = null;
    server.once('error', (error) => (failure = error));
    server.once('exit', (code, signal) => (failure = new Error(`it ended with ${signal ?? `exit code ${code}`}`)));
    server.unref();
    if (await postgresReady(place, () => failure !== null)) return null;
    if (failure === null) server.kill('SIGKILL');
    return failure ?? new Error(`it was not ready within ${START_LIMIT_MS / 1000} s`);
  } finally {
    closeSync(output);
  }
}
