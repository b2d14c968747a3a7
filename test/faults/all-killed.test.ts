/**
 * `kill -9` of serve (ingest and router), worker, Postgres and Temporal at random moments while events arrive, some of them
 * several times and with times in disorder, from producers that repeat as their vendors do. Every accepted event is acted
 * on exactly once: entries, exits and messages of each person are those of a model. No process ends that was not killed.
 * `FAULTS_EVENTS=5000`: that many events; `FAULTS_SEED=8`: other ones.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pick, random } from '../../src/ingest/testing/mutations.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { postgresPlace, runningPostgres, stopPostgres } from '../../src/store/postgres-server.ts';
import { type PrivatePostgres, privatePostgres } from '../../src/store/private-postgres.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { freePort } from '../../src/system/free-port.ts';
import { processEnd } from '../../src/system/processes.ts';
import { type Watchdog, watchdog } from '../../src/system/watchdog.ts';
import { findTemporal } from '../../src/temporal/find-server.ts';
import { startTemporal, type TemporalServer } from '../../src/temporal/run-server.ts';
import { flows, projectWith } from '../cli/cli.ts';
import { builtProgram } from '../support/build.ts';
import { until } from '../support/delivery.ts';
import { books, decideByJournal, disagreement, endLeases } from './books.ts';
import { type Account, accountOf, FILES } from './model.ts';
import { parts, type Supervised, supervised } from './part.ts';
import { type Happening, type Sending, send, sendingsOf } from './producers.ts';
import { PRODUCERS, type Producer } from './vendors.ts';

const EVENTS = Number(process.env.FAULTS_EVENTS ?? 300);
const ROUNDS = EVENTS > 1_000 ? 3 : 1;
const SEED = Number(process.env.FAULTS_SEED ?? 7);
/** Requests under way at once. */
const LANES = 8;
/** Nothing new for so long: it has come to rest, for better or worse. */
const REST_MS = 100_000;

const project = projectWith(FILES);
const place = postgresPlace(join(project.dir, '.flows', 'postgres'));
let postgres: PrivatePostgres;
let postgresDog: Watchdog;
let store: Store;
let temporal: Awaited<ReturnType<typeof ownTemporal>>;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let serve: Supervised;
let worker: Supervised;

/** A server with a data file, to be killed and started again at the same address. */
async function ownTemporal() {
  const { TEMPORAL_ADDRESS: _, ...env } = process.env;
  const found = await findTemporal(env, () => {});
  if (found.kind !== 'binary') throw new Error('a Temporal of our own is needed');
  const options = { binary: found.binary, dir: join(project.dir, '.flows', 'temporal'), log: () => {} };
  const port = await freePort();
  const launch = () => startTemporal({ ...options, port, uiPort: 0 });
  let server: TemporalServer = await launch();
  return {
    address: server.address,
    async kill() {
      process.kill(Number.parseInt(readFileSync(join(options.dir, 'server.pid'), 'utf8'), 10), 'SIGKILL');
      await server.failed;
      await server.stop();
      server = await launch();
    },
    stop: () => server.stop(),
  };
}

const postgresRuns = () => until(() => runningPostgres(place)?.ready === true);

async function killPostgres(): Promise<void> {
  await postgresRuns(); // it may not be back from the kill before
  const { pid } = runningPostgres(place)!;
  process.kill(pid, 'SIGKILL');
  await processEnd(pid, 60_000);
}

beforeAll(async () => {
  // Committed is written, though not to the disk: no test waits for that.
  postgres = await privatePostgres(project.dir, { fsync: 'off' });
  postgresDog = watchdog([join(place.data, 'postmaster.pid')], { signal: 'SIGQUIT' });
  store = await openStore(postgres.url);
  temporal = await ownTemporal();
  const credentials = { integrationId: 'faults', secret: 'connect-secret' };
  sandbox = await startSandbox({ port: 0, dir: null, credentials, project: null, delayMs: 0 });
  const env = {
    PATH: process.env.PATH,
    HOME: project.dir,
    TEMPORAL_ADDRESS: temporal.address,
    MAPP_CONNECT_URL: sandbox.url,
    MAPP_CONNECT_ID: credentials.integrationId,
    MAPP_CONNECT_SECRET: credentials.secret,
    MAPP_RATE: '100',
    SHOP_TOKEN: 's3cret',
  };
  const start = parts(await builtProgram(), project.dir, env);
  expect(await flows(project.dir, ['apply'], env)).toMatchObject({ code: 0, err: '' });
  const port = String(await freePort());
  serve = await supervised(() => start('serve', '--port', port));
  worker = await supervised(() => start('worker'));
});
afterAll(async () => {
  await Promise.all([serve?.stop(), worker?.stop()]);
  await sandbox?.close();
  await store?.close();
  await postgres?.release();
  if (runningPostgres(place) !== null) await stopPostgres(place);
  await temporal?.stop();
  postgresDog?.dismiss();
  project.remove();
});

interface Person {
  readonly producer: Producer;
  readonly email: string;
  readonly sendings: readonly Sending[];
}

function people(next: () => number): Person[] {
  const each = 10;
  return Array.from({ length: Math.ceil(EVENTS / each) }, (_, n) => {
    const producer = pick(PRODUCERS, next);
    return { producer, email: `${producer.name}${n}@example.com`, sendings: sendingsOf(producer, n, each, next) };
  });
}

/** The model's word on everybody: what was accepted first counts, in the order in which it was sent. */
function expectedOf({ sendings }: Person): Account {
  const first = new Map<string, Happening>();
  for (const { id, happening } of sendings) if (!first.has(id)) first.set(id, happening);
  return accountOf([...first.values()]);
}

/** What the store and the sandbox say of everybody, by address. */
async function accounts(): Promise<Map<string, Account>> {
  const entries = await sql<{ email: string; flow: string; entered: number; over: number }>`
    select i.value as email, e.flow, count(*)::int as entered, count(*) filter (where e.state = 'closed')::int as over
    from entries e join identifiers i on i.person = e.person and i.kind = 'email' group by 1, 2`.execute(store.db);
  const found = new Map<string, { entries: Record<string, [number, number]>; sends: Record<string, number> }>();
  const of = (email: string) => {
    const one = found.get(email) ?? { entries: {}, sends: {} };
    found.set(email, one);
    return one;
  };
  for (const { email, flow, entered, over } of entries.rows) of(email).entries[flow] = [entered, over];
  const journal = (await (await fetch(new URL('/messages', sandbox.url))).json()) as {
    email: string;
    messageId: string;
  }[];
  for (const { email, messageId } of journal) {
    const name = ['hello', 'thanks', 'receipt', 'reminder'][Number(messageId) - 1]!;
    of(email).sends[name] = (of(email).sends[name] ?? 0) + 1;
  }
  return found;
}

test(
  `${EVENTS} events, ${ROUNDS} kills of each process, seed ${SEED}`,
  async () => {
    const next = random(SEED);
    await fetch(new URL('/faults', sandbox.url), {
      method: 'PUT',
      body: JSON.stringify([{ latencyMs: 100, afterQueueing: true, every: 2 }, { latencyMs: 50 }]),
    });
    const everybody = people(next);
    const total = everybody.reduce((sum, { sendings }) => sum + sendings.length, 0);
    const victims = [serve.kill, worker.kill, killPostgres, temporal.kill];
    const kills = Array.from({ length: ROUNDS }, () => victims)
      .flat()
      .map((kill) => ({ kill, order: next() }))
      .sort((a, b) => a.order - b.order)
      .map(({ kill }, n, all) => ({ kill, at: Math.floor(((n + 0.5) * total) / all.length), after: next() * 200 }));

    let answered = 0;
    const lost: string[] = [];
    const killing = (async () => {
      for (const { kill, at, after } of kills) {
        while (answered < at) await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => setTimeout(resolve, after));
        await kill();
      }
    })();
    const queue = [...everybody];
    const lane = async () => {
      for (let person = queue.shift(); person !== undefined; person = queue.shift()) {
        for (const sending of person.sendings) {
          const taken = await send(person.producer, () => serve.part.ingest!, sending);
          if (taken !== 'taken') lost.push(`${person.producer.name} gave up ${sending.id} after ${taken}`);
          answered += 1;
        }
      }
    };
    await Promise.all([killing, ...Array.from({ length: LANES }, lane)]);
    expect(lost).toEqual([]);
    await postgresRuns(); // the last kill may have come after the last request

    const expected = new Map(
      everybody
        .map((person) => [person.email, expectedOf(person)] as const)
        .filter(([, { entries }]) => Object.keys(entries).length > 0),
    );
    const decided = { sent: 0, resend: 0 };
    let found = await accounts();
    let changed = performance.now();
    while (!isDeepStrictEqual(found, expected) && performance.now() - changed < REST_MS) {
      for (const pid of worker.gone) await endLeases(store, pid);
      const more = await decideByJournal(store, sandbox.url);
      decided.sent += more.sent;
      decided.resend += more.resend;
      await new Promise((resolve) => setTimeout(resolve, 200));
      const before = found;
      found = await accounts();
      if (!isDeepStrictEqual(found, before)) changed = performance.now();
    }
    expect({ serve: serve.died, worker: worker.died }).toEqual({ serve: [], worker: [] });
    expect(found).toEqual(expected);
    const sends = await books(store, sandbox.url);
    expect(sends.flatMap((one) => disagreement(one) ?? [])).toEqual([]);
    console.info(`${total} requests, ${kills.length} kills, decided by hand: ${JSON.stringify(decided)}`);
  },
  EVENTS > 1_000 ? 1_500_000 : 600_000,
);
