/** What a store costs that has grown: start-up, memory and decisions with a million contacts and ten million entries. */
import { sql } from 'kysely';
import { benchPlan } from './support/flows.ts';
import { median } from './support/numbers.ts';
import { produce } from './support/produce.ts';
import { loadAverage, tell } from './support/report.ts';
import { ENTRIES, seed } from './support/seed.ts';
import { openServers, withCleanups } from './support/servers.ts';
import { servingCpu, startServe } from './support/serving.ts';

/** `--small`: for a machine that has other things to do. */
const CONTACTS = process.argv.includes('--small') ? 100_000 : 1_000_000;
/** What it is compared with: as many contacts as the events are about. */
const FEW = 1_000;
const EVENTS = 1_000;
const PER_SECOND = 50;
const ROUNDS = 3;
const MIB = 1024 * 1024;

const { large, small, seconds } = await withCleanups(async (cleanups) => {
  const side = async (contacts: number) => {
    const servers = await openServers(cleanups);
    const began = performance.now();
    await seed(servers.store, benchPlan('once'), contacts);
    const seeded = performance.now();
    const serve = await startServe(servers, cleanups);
    const startMs = performance.now() - seeded;
    let loads = 0;
    const settings = { urls: [serve.ready], connections: 8, event: 'page_viewed', people: FEW };
    const round = async () => {
      const id = `load-${++loads}`;
      const before = servingCpu([serve], servers.pids.postgres);
      await produce({ ...settings, events: EVENTS, perSecond: PER_SECOND, id });
      const found = () =>
        sql<{ waiting: number; p50: number }>`
          select count(*) filter (where state = 'new')::int as waiting,
            percentile_cont(0.5) within group (order by extract(epoch from decided_at - received_at) * 1000)::float8 as p50
          from inbox where source = 'shop' and dedupe_key like ${`${id}-%`}`.execute(servers.store.db);
      while ((await found()).rows[0]!.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 100));
      const after = servingCpu([serve], servers.pids.postgres);
      const cpu = (after.serve - before.serve + after.postgres - before.postgres) / EVENTS;
      return { cpu, decided: (await found()).rows[0]!.p50 };
    };
    await round(); // warm
    const rounds: Awaited<ReturnType<typeof round>>[] = [];
    return {
      seconds: (seeded - began) / 1_000,
      startMs,
      measure: async () => rounds.push(await round()),
      result: async () => ({
        startMs,
        memory: (await serve.ask<number>()) / MIB,
        cpu: median(rounds.map(({ cpu }) => cpu)),
        decided: median(rounds.map(({ decided }) => decided)),
      }),
    };
  };
  const few = await side(FEW);
  const many = await side(CONTACTS);
  for (let n = 0; n < ROUNDS; n += 1) for (const one of n % 2 === 0 ? [few, many] : [many, few]) await one.measure();
  return { large: await many.result(), small: await few.result(), seconds: many.seconds };
});

const both = (what: keyof typeof large) => ({ ours: large[what], theirs: small[what] });
tell(
  {
    bench: 'memory',
    columns: [`${CONTACTS} contacts`, String(FEW)],
    findings: [
      { measure: 'start-up of serve', unit: 'ms', ...both('startMs'), bar: { of: 'ratio', atMost: 1.5 } },
      { measure: 'memory of serve', unit: 'MiB', ...both('memory'), bar: { of: 'ratio', atMost: 1.2 } },
      {
        measure: 'CPU per event, accepted and decided',
        unit: 'ms',
        ...both('cpu'),
        bar: { of: 'ratio', atMost: 1.25 },
      },
      { measure: 'received to decided: p50', unit: 'ms', ...both('decided'), bar: null },
    ],
    notes: [
      `${CONTACTS * ENTRIES} entries, and ${CONTACTS} rows each of inbox, notices and ledger, seeded in ${seconds.toFixed(0)} s and settled (upkeep, vacuum, checkpoint); events of ${FEW} contacts who were inside once.`,
      loadAverage(),
    ],
  },
  process.argv,
);
