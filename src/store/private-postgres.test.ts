import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { builtModule } from '../../test/support/build.ts';
import { withFileLock } from '../system/file-lock.ts';
import { isRunning, processEnd } from '../system/processes.ts';
import { SetupError } from '../system/setup-error.ts';
import { privatePostgres } from './private-postgres.ts';
import { openStore } from './store.ts';

let project: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'mapp-flows-postgres-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const pid = serverPid();
  if (pid !== null) {
    process.kill(pid, 'SIGQUIT');
    await processEnd(pid, 60_000);
  }
  rmSync(project, { recursive: true, force: true });
});

function serverPid(): number | null {
  try {
    return Number(readFileSync(join(project, '.flows', 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
}

/** A process that uses the project's server until its standard input closes, or it is killed; answers the URL. */
async function other(): Promise<{ child: ChildProcess; url: string }> {
  const module = await builtModule('store/private-postgres.ts');
  const script = `
    import { privatePostgres } from ${JSON.stringify(module)};
    const server = await privatePostgres(process.argv[1]);
    console.log(server.url);
    process.stdin.resume().on('end', () => server.release().then(() => process.exit(0)));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, project], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [url] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { child, url };
}

async function leave(child: ChildProcess): Promise<void> {
  child.stdin!.end();
  await once(child, 'exit');
}

it('starts one server for all who ask at once, keeps its data, and ends it with the last', async () => {
  const servers = await Promise.all([1, 2, 3].map(() => privatePostgres(project)));
  expect(new Set(servers.map((server) => server.url)).size).toBe(1);
  const store = await openStore(servers[0]!.url);
  await store.db.insertInto('meta').values({ key: 'kept', value: '1' }).execute();
  await servers[0]!.release();
  await servers[1]!.release();
  expect(await store.db.selectFrom('meta').select('value').execute()).toEqual([{ value: 1 }]);
  await store.close();
  await servers[2]!.release();
  expect(serverPid()).toBeNull();

  const again = await privatePostgres(project);
  const reopened = await openStore(again.url);
  expect(await reopened.db.selectFrom('meta').select('key').execute()).toEqual([{ key: 'kept' }]);
  await reopened.close();
  await again.release();
  await again.release();
  expect(serverPid()).toBeNull();
});

it('survives a killed process and is adopted by the next', async () => {
  const { child, url } = await other();
  const pid = serverPid()!;
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(pid)).toBe(true);
  const server = await privatePostgres(project);
  expect(server.url).toBe(url);
  await server.release();
  expect(serverPid()).toBeNull();
});

it('is started again at the same address when it is killed, with all that was committed, and ended by the last', async () => {
  const { child, url } = await other();
  const server = await privatePostgres(project);
  const store = await openStore(url);
  await store.db.insertInto('meta').values({ key: 'committed', value: '1' }).execute();
  for (const _ of [1, 2]) {
    const pid = serverPid()!;
    process.kill(pid, 'SIGKILL');
    await processEnd(pid, 60_000);
    const committed = () => store.db.selectFrom('meta').select('value').where('key', '=', 'committed').execute();
    await vi.waitFor(async () => expect(await committed()).toEqual([{ value: 1 }]), 60_000);
  }
  await store.close();
  await leave(child);
  await server.release();
  expect(serverPid()).toBeNull();
});

it('waits for its port, where somebody has that when it is to be started again', async () => {
  const server = await privatePostgres(project);
  const store = await openStore(server.url);
  const squatter = createServer();
  const lock = join(project, '.flows', 'postgres.lock');
  // Whoever starts it again holds the lock meanwhile; nobody does before the port is taken.
  await withFileLock(lock, async () => {
    const pid = serverPid()!;
    process.kill(pid, 'SIGKILL');
    await processEnd(pid, 60_000);
    await vi.waitFor(
      () =>
        new Promise<void>((resolve, reject) => {
          squatter.once('error', reject);
          squatter.listen(Number(new URL(server.url).port), '127.0.0.1', resolve);
        }),
      60_000,
    );
  });
  await vi.waitFor(() => expect(existsSync(lock)).toBe(true), 60_000);
  squatter.close();
  await vi.waitFor(() => store.db.selectFrom('meta').select('key').execute(), 60_000);
  await store.close();
  await server.release();
  expect(serverPid()).toBeNull();
});

it('goes on while another process is connected, and ends when that one leaves', async () => {
  const [first, second] = await Promise.all([other(), other()]);
  expect(second!.url).toBe(first!.url);
  await leave(first!.child);
  const pid = serverPid()!;
  expect(isRunning(pid)).toBe(true);
  await leave(second!.child);
  expect(serverPid()).toBeNull();
});

it('listens on loopback only, with a password that only the owner can read', async () => {
  const server = await privatePostgres(project);
  const store = await openStore(server.url);
  const { rows } = await sql<{ listen: string; sockets: string }>`
    select current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets`.execute(
    store.db,
  );
  expect(rows).toEqual([{ listen: '127.0.0.1', sockets: '' }]);
  await store.close();
  expect(statSync(join(project, '.flows', 'postgres.password')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(project, '.flows', '.gitignore'), 'utf8')).toBe('*\n');
  await server.release();
});

it('starts in a folder that nobody else may enter, as a fresh temporary folder is', async () => {
  chmodSync(project, 0o700);
  const server = await privatePostgres(project);
  await (await openStore(server.url)).close();
  await server.release();
});

it('is not taken in by a pid that now belongs to another program', async () => {
  await (await privatePostgres(project)).release();
  const file = join(project, '.flows', 'postgres', 'postmaster.pid');
  writeFileSync(file, [process.pid, '/elsewhere', '0', '5432', '', '', '', 'ready'].join('\n'));
  const server = await privatePostgres(project);
  expect(serverPid()).not.toBe(process.pid);
  await server.release();
});

it('says in one sentence why it did not start', async () => {
  await (await privatePostgres(project)).release();
  writeFileSync(join(project, '.flows', 'postgres', 'PG_VERSION'), '12\n');
  const error = await privatePostgres(project).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SetupError);
  expect((error as Error).message).toMatch(
    /^the private Postgres did not start \(.+\): its data was made by another version of Postgres: .+ DATABASE_URL .+\.$/,
  );
  expect((error as Error).message).not.toContain('\n');
});

it('says what to do when its password file is gone', async () => {
  await (await privatePostgres(project)).release();
  rmSync(join(project, '.flows', 'postgres.password'));
  await expect(privatePostgres(project)).rejects.toThrow(
    /password of the private Postgres is gone: restore .+, or delete/,
  );
});

it('names DATABASE_URL where the project cannot be written to', async () => {
  writeFileSync(join(project, '.flows'), '');
  const refused = await privatePostgres(project).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SetupError);
  expect((refused as Error).message).toBe(
    `DATABASE_URL is not set, and ${join(project, '.flows')} cannot be made for a private Postgres (EEXIST): let DATABASE_URL name a Postgres, or make the folder writable.`,
  );
});
