import type { Socket } from 'node:net';
import type pg from 'pg';

/** How often connections in use are looked at. One is ended at the second look at which it is found dead. */
const LOOK_MS = 15_000;

/** What a client has beside its types (pg, lib/client.js). */
interface Client {
  /** pid of the server's process, as the server told when we connected */
  readonly processID: number | null;
  /** false: a query waits for its answer */
  readonly readyForQuery: boolean;
  readonly connection: { readonly stream: Socket };
}

const inside = (client: pg.ClientBase) => client as unknown as Client;

/** A server's process as `pg_stat_activity` shows it. */
interface Backend {
  readonly pid: number;
  /** it waits for its client to say something */
  readonly listening: boolean;
  /** when it last began to do something, or ceased to */
  readonly since: string;
}

/**
 * Ends connections that nobody hears on the other side any more. After a failover, or where a firewall forgot them, nothing
 * ends them: the system sends again for a quarter of an hour, and whoever asked waits as long. So a second connection asks
 * the server about those in use: its process is gone, or has been waiting for us while we wait for it. Whoever waits then
 * gets an error, as after any lost connection. Goes on until the pool has ended.
 *
 * @param connect makes one more connection to the same server, connected
 * @param applicationName of the pool's connections
 */
export function endDeadConnections(
  pool: pg.Pool,
  connect: () => Promise<pg.Client>,
  applicationName: string,
  lookMs = LOOK_MS,
): void {
  const inUse = new Set<Client>();
  /** dead at the last look, with what its process did then */
  let suspects = new Map<Client, string>();
  pool.on('acquire', (client) => void inUse.add(inside(client)));
  pool.on('release', (_error, client) => void inUse.delete(inside(client)));
  pool.on('remove', (client) => void inUse.delete(inside(client)));

  async function look(): Promise<void> {
    const waiting = [...inUse].filter(({ readyForQuery, processID }) => !readyForQuery && processID !== null);
    const found = waiting.length === 0 ? null : await backends(connect, applicationName);
    const dead = new Map<Client, string>();
    if (found !== null) {
      for (const client of waiting) {
        const backend = found.get(client.processID!);
        if (backend === undefined || backend.listening) dead.set(client, backend?.since ?? 'gone');
      }
    }
    for (const [client, since] of dead) {
      const still = inUse.has(client) && !client.readyForQuery && suspects.get(client) === since;
      if (still) client.connection.stream.destroy();
    }
    suspects = dead;
  }

  const again = () => {
    setTimeout(() => {
      if (pool.ended) return;
      // A server that is away altogether is no reason to end anything: its connections may be good again.
      void look()
        .catch(() => {})
        .finally(again);
    }, lookMs).unref();
  };
  again();
}

/** By pid; null where a pooler stands between us and the server, so that pids say nothing. */
async function backends(
  connect: () => Promise<pg.Client>,
  applicationName: string,
): Promise<ReadonlyMap<number, Backend> | null> {
  const client = await connect();
  try {
    const { rows } = await client.query<Backend & { own: number }>(
      `select pid, coalesce(state like 'idle%' and wait_event = 'ClientRead', false) as listening,
        state_change::text as since, pg_backend_pid() as own from pg_stat_activity where application_name = $1 or pid = pg_backend_pid()`,
      [applicationName],
    );
    if (rows[0]!.own !== inside(client).processID) return null;
    return new Map(rows.map((row) => [row.pid, row]));
  } finally {
    await client.end();
  }
}
