import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { withFileLock } from '../system/file-lock.ts';
import { processEnd } from '../system/processes.ts';
import { SetupError } from '../system/setup-error.ts';
import {
  initializePostgres,
  killedPostgresPort,
  POSTGRES_USER,
  type PostgresPlace,
  postgresPlace,
  postgresReady,
  runningPostgres,
  startPostgres,
  stopPostgres,
} from './postgres-server.ts';
import { APPLICATION_NAME } from './store.ts';

export interface PrivatePostgres {
  /** for `openStore` */
  readonly url: string;
  /** gives it up: the last one who does so ends the server, unless another client is connected */
  release(): Promise<void>;
}

/** pg has these two; its types lack them. */
type Unrefable = pg.Client & { ref(): void; unref(): void };

/** Who only asks who is connected does not count as connected. */
const PROBE_NAME = 'mapp-flows probe';

/** How long after its end a killed server is started again. */
const RESTART_MS = 500;

/**
 * How long a killed server waits for its port: children that outlive it, or a connection of another program, may have it for a
 * moment. Processes that used it find it nowhere else; one that has just begun would rather have another port than wait.
 */
const PATIENCE_MS = { again: 60_000, first: 10_000 } as const;

/** How many users a server has inside this process, by data directory. */
const users = new Map<string, number>();

/**
 * The project's own Postgres server: data, log and password under `.flows/`, loopback only. Started where none runs,
 * else adopted; it outlives this process if that is killed. Any number of processes may use it at once. Killed itself, it is
 * started again at the same address.
 *
 * @param settings further settings of postgresql.conf, for the process that starts it
 * @throws SetupError it cannot be started, with the remedy
 */
export async function privatePostgres(
  projectDir: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivatePostgres> {
  const folder = join(resolve(projectDir), '.flows');
  makeFolder(folder);
  const lock = join(folder, 'postgres.lock');
  const place = postgresPlace(join(folder, 'postgres'));
  const password = () => readFileSync(join(folder, 'postgres.password'), 'utf8').trim();

  /** Held until release: the server's own list of clients says who uses it, and forgets those that are killed. */
  const enter = (patience: number) =>
    withFileLock(lock, async () => {
      if (!existsSync(place.data)) await initializePostgres(place, makePassword(folder));
      else if (!existsSync(join(folder, 'postgres.password'))) {
        throw new SetupError(
          `the password of the private Postgres is gone: restore ${join(folder, 'postgres.password')}, or delete ${place.data} (its contents are lost).`,
        );
      }
      const port = (await adopt(place)) ?? (await startPostgres(place, settings, patience));
      const address = `postgres://${POSTGRES_USER}:${password()}@127.0.0.1:${port}/postgres`;
      return { url: address, presence: await connect(address, place) };
    });
  const entered = await enter(PATIENCE_MS.first);
  const { url } = entered;
  let { url: address, presence } = entered;
  users.set(place.data, (users.get(place.data) ?? 0) + 1);

  let released: Promise<void> | undefined;
  /** A server that was killed is started again, by whoever of its users comes first; one that was stopped stays so. */
  const watch = () => {
    presence.once('end', () => {
      if (released === undefined) again();
    });
  };
  const again = () => {
    setTimeout(() => {
      if (released !== undefined || (runningPostgres(place) === null && killedPostgresPort(place) === null)) return;
      returning = enter(PATIENCE_MS.again).then((back) => {
        presence = back.presence;
        address = back.url;
        watch();
      }, again);
    }, RESTART_MS).unref();
  };
  let returning: Promise<void> | undefined;
  watch();

  const release = async () => {
    await returning;
    (presence as Unrefable).ref();
    await presence.end();
    await withFileLock(lock, async () => {
      const others = users.get(place.data)! - 1;
      users.set(place.data, others);
      if (others > 0 || (await adopt(place)) === null) return;
      // Refused: another of its users has ended it at this moment, or it was killed.
      const used = await isUsedElsewhere(address).catch((error: unknown) => isRefusal(error) || Promise.reject(error));
      if (!used) await stopPostgres(place);
    });
  };
  return {
    url,
    release: () => {
      released ??= release();
      return released;
    },
  };
}

function isRefusal(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ECONNREFUSED';
}

/** @throws SetupError the project cannot be written to, as in a container that only mounts it */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const ignore = join(folder, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  } catch (error) {
    throw new SetupError(
      `DATABASE_URL is not set, and ${folder} cannot be made for a private Postgres (${(error as NodeJS.ErrnoException).code}): let DATABASE_URL name a Postgres, or make the folder writable.`,
      { cause: error },
    );
  }
}

function makePassword(folder: string): string {
  const path = join(folder, 'postgres.password');
  const password = randomBytes(24).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return password;
}

/** The port of the server that already runs here; null when none does. One that is going down is waited for. */
async function adopt(place: PostgresPlace): Promise<number | null> {
  const found = runningPostgres(place);
  if (found === null) return null;
  if (await postgresReady(place, () => runningPostgres(place) === null)) return runningPostgres(place)?.port ?? null;
  await processEnd(found.pid, 60_000);
  return null;
}

async function connect(url: string, place: PostgresPlace): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: APPLICATION_NAME, keepAlive: true });
  client.on('error', () => {}); // a server that goes down is reported by those who use it
  try {
    await client.connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(
      `the private Postgres runs but does not let us in (${reason}): see ${place.log}, and whether postgres.password beside it is the original.`,
      { cause: error },
    );
  }
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  if (realpathSync(rows[0]!.data_directory) !== realpathSync(place.data)) {
    await client.end();
    throw new SetupError(
      `another Postgres (${rows[0]!.data_directory}) answers where the one of ${place.data} should: end it, or delete ${join(place.data, 'postmaster.pid')}.`,
    );
  }
  (client as Unrefable).unref(); // our presence alone keeps no process running
  return client;
}

/**
 * Whether another process is connected. Ours may have connections that are still closing; when the server goes on, they
 * are waited for, so that the next one who leaves does not take them for a user.
 */
async function isUsedElsewhere(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: PROBE_NAME });
  client.on('error', () => {});
  await client.connect();
  const deadline = performance.now() + 2_000;
  try {
    for (;;) {
      const { rows } = await client.query<{ ours: boolean; others: boolean }>(
        `select coalesce(bool_or(application_name = $1), false) as ours,
                coalesce(bool_or(coalesce(application_name, '') not in ($1, $2)), false) as others
           from pg_stat_activity where backend_type = 'client backend'`,
        [APPLICATION_NAME, PROBE_NAME],
      );
      const { ours, others } = rows[0]!;
      if (!others) return false;
      if (!ours || performance.now() > deadline) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    await client.end();
  }
}
