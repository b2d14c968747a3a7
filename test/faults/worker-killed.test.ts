/**
 * `kill -9` of the worker at random moments while runs send. Nobody is sent to twice, except where the step or an operator says
 * `resend`; every send of unknown fate is parked, reconciled or decided as its step says; every run ends.
 * `FAULTS=200`: that many runs.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../src/ingest/testing/mutations.ts';
import { LAST_LOOK_MS } from '../../src/plan/reconciling.ts';
import { until } from '../support/delivery.ts';
import { books, decideByJournal, disagreement, endLeases } from './books.ts';
import type { Part } from './part.ts';
import { catalogue, type Rig, rig } from './rig.ts';

const RUNS = Number(process.env.FAULTS ?? 40);
const KILLS = Math.max(3, Math.round(RUNS / 20));
const SEED = 4;
/**
 * Where there is time for it, every second kill comes after a freeze: longer than a workflow task may take, so that the
 * server gives it to somebody else, beside the remains of the first attempt (PROTOCOLS.md §0).
 */
const FREEZE_MS = RUNS > 40 ? 12_000 : 0;
/** Half of the calls are taken late, half are answered late: a kill meets both. */
const SLOW = [{ latencyMs: 150, afterQueueing: true, every: 2 }, { latencyMs: 150 }];

const FILES = {
  'mapp.yaml': catalogue({ one: 'email', two: 'email', three: 'sms', four: 'email' }),
  'flows/series.yaml': `
flow: series
on: signup
reentry: once
steps:
  - send_email: one
    id: parks
  - send_email: two
    id: reconciles
    on_unknown: reconcile
  - send_sms: three
    id: resends
    on_unknown: resend
  - send_email: four
    id: skips
    on_unknown: skip
`,
};

let world: Rig;
let serve: Part;

beforeAll(async () => {
  world = await rig(FILES);
  serve = await world.start(['serve', '--port', '0']);
});
afterAll(async () => {
  await serve?.stop();
  await world?.close();
});

async function count(condition: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n ${condition}`.execute(world.store.db);
  return rows[0]!.n;
}

test(
  `${RUNS} runs, ${KILLS} kills`,
  async () => {
    const next = random(SEED);
    const { store, sandbox } = world;
    await world.faults(SLOW);
    const events = Array.from({ length: RUNS }, (_, n) => ({
      event: 'signup',
      id: `signup-${n}`,
      contact: { email: `person${n}@example.com`, mobile: `+4917${String(n).padStart(8, '0')}` },
    }));
    const accepted = await world.post(serve, events);
    expect(await accepted.json()).toMatchObject({ accepted: RUNS });

    let worker = await world.start(['worker']);
    let said = '';
    const kill = async () => {
      await worker.kill();
      await endLeases(store, worker.pid);
      // What it left half done is as old for `reconcile` as it will be at its last look.
      await sql`update deliveries set created_at = created_at - ${LAST_LOOK_MS} * interval '1 ms'
        where state in ('sending', 'unknown') and step = 'reconciles'`.execute(store.db);
    };
    const closed = () => count(sql`from entries where state = 'closed'`);
    for (let killed = 0; killed < KILLS; killed += 1) {
      // Some claims further on, and at any moment of a call.
      const at = (await count(sql`from deliveries`)) + 1 + Math.floor((next() * 4 * RUNS) / KILLS);
      const patience = Date.now() + 5_000; // runs may wait for a killed worker's tasks to time out: then now is as good
      await until(async () => Date.now() > patience || (await count(sql`from deliveries`)) >= at);
      await until(async () => Date.now() > patience || (await count(sql`from deliveries where state = 'sending'`)) > 0);
      await new Promise((resolve) => setTimeout(resolve, next() * 150));
      if (FREEZE_MS > 0 && killed % 2 === 1) {
        await worker.freeze(FREEZE_MS);
        await until(
          async () =>
            (await count(sql`from deliveries`)) > at || (await closed()) === RUNS || Date.now() > patience + 20_000,
        );
      }
      said += worker.said();
      await kill();
      worker = await world.start(['worker']);
    }
    const decided = { sent: 0, resend: 0 };
    await until(async () => {
      const more = await decideByJournal(store, sandbox, 'parks');
      decided.sent += more.sent;
      decided.resend += more.resend;
      return (await closed()) === RUNS;
    });
    expect(await worker.stop()).toBe(0);

    const sends = await books(store, sandbox);
    expect(sends.flatMap((send) => disagreement(send) ?? [])).toEqual([]);
    expect(sends).toHaveLength(4 * RUNS);
    for (const send of sends) {
      const { step, taken, rows } = send;
      if (step === 'parks' || step === 'reconciles') expect(taken, JSON.stringify(send)).toBe(1);
      else if (step === 'skips')
        expect(taken + (rows[0]!.resolution === 'skip' ? 1 : 0), JSON.stringify(send)).toBeGreaterThan(0);
      else expect(taken, JSON.stringify(send)).toBeGreaterThan(0);
    }
    const outcomes = await sql<{ outcome: string; n: number }>`
      select outcome, count(*)::int as n from entries group by outcome`.execute(store.db);
    expect(outcomes.rows).toEqual([{ outcome: 'completed', n: RUNS }]);
    const unknown = sends.filter(({ rows }) => rows.some(({ resolution }) => resolution !== null)).length;
    console.info(
      `${RUNS} runs, ${KILLS} kills: ${unknown} sends of unknown fate, decided by hand: ${JSON.stringify(decided)}\n${said
        .split('\n')
        .filter((line) => line.includes('Temporal SDK'))
        .join('\n')}`,
    );
  },
  RUNS <= 40 ? 600_000 : 1_200_000,
);
