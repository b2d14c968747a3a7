/** What encryption at rest costs: CPU per event that is accepted and decided, in a store with a key beside one without. */
import { randomBytes } from 'node:crypto';
import { openStore } from '../src/store/store.ts';
import { compared, cpuFindings, decided, load, PEOPLE, type Round, round } from './support/ingest-round.ts';
import { loadAverage, tell } from './support/report.ts';
import { openServers, withCleanups } from './support/servers.ts';
import { startServe } from './support/serving.ts';

/** Of one round. */
const EVENTS = process.argv.includes('--small') ? 2_000 : 5_000;
const ROUNDS = 3;

const measured = await withCleanups(async (cleanups) => {
  const servers = await openServers(cleanups);
  const { store, temporal, database, pids } = servers;
  const key = randomBytes(32);
  await store.pool.query('create database sealed');
  const url = new URL(database);
  url.pathname = '/sealed';
  const encrypted = await openStore(url.href, { keys: [key] });
  cleanups.push(() => encrypted.close());
  const without = await startServe(servers, cleanups);
  const withKey = await startServe({ temporal, database: url.href, key: key.toString('base64') }, cleanups);
  const sides = [
    { serve: without, store, rounds: [] as Round[] },
    { serve: withKey, store: encrypted, rounds: [] as Round[] },
  ];
  // All people become known, code becomes hot.
  for (const side of sides) {
    await load([side.serve], PEOPLE);
    await decided(side.store);
  }
  for (let n = 0; n < ROUNDS; n += 1) {
    for (const side of sides) side.rounds.push(await round([side.serve], side.store, pids.postgres, EVENTS));
  }
  return sides.map(({ rounds }) => rounds);
});

const [plain, sealed] = measured as [Round[], Round[]];
const both = compared(sealed, plain);
tell(
  {
    bench: 'encryption',
    columns: ['with a key', 'without'],
    findings: [
      { measure: 'events accepted a second', unit: '', ...both('pace'), bar: null },
      ...cpuFindings(both, 1.75),
    ],
    notes: [`One process each, ${EVENTS} events of 1 KB a round, ${ROUNDS} rounds in turn.`, loadAverage()],
  },
  process.argv,
);
