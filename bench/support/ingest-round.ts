/** Rounds of events that are accepted and decided, for measures of the ingest. */
import { sql } from 'kysely';
import type { Store } from '../../src/store/store.ts';
import { median } from './numbers.ts';
import { produce } from './produce.ts';
import type { Finding } from './report.ts';
import { type Serve, servingCpu } from './serving.ts';

/** Requests on their way at once, per process: one event each. */
export const CONNECTIONS = 64;
export const PEOPLE = 5_000;

export interface Round {
  /** accepted a second */
  readonly pace: number;
  /** CPU ms per event */
  readonly serve: number;
  readonly postgres: number;
  readonly cpu: number;
}

/** The medians of two sides' rounds. */
export function compared(ours: readonly Round[], theirs: readonly Round[]) {
  return (what: keyof Round) => ({
    ours: median(ours.map((one) => one[what])),
    theirs: median(theirs.map((one) => one[what])),
  });
}

/** @param atMost bar of the ratio */
export function cpuFindings(both: ReturnType<typeof compared>, atMost: number): Finding[] {
  return [
    { measure: 'CPU per event, accepted and decided', unit: 'ms', ...both('cpu'), bar: { of: 'ratio', atMost } },
    { measure: '  serve', unit: 'ms', ...both('serve'), bar: null },
    { measure: '  Postgres', unit: 'ms', ...both('postgres'), bar: null },
  ];
}

export async function inboxOf(store: Store): Promise<{ readonly count: number; readonly waiting: number }> {
  const { rows } = await sql<{ count: string; waiting: string }>`
    select count(*), count(*) filter (where state = 'new') as waiting from inbox`.execute(store.db);
  return { count: Number(rows[0]!.count), waiting: Number(rows[0]!.waiting) };
}

/** The routers' work on what a round has brought must not be the next round's. */
export async function decided(store: Store): Promise<void> {
  while ((await inboxOf(store)).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 200));
}

let loads = 0;

/** Sends events to the processes, as fast as they take them unless told. */
export function load(serves: readonly Serve[], events: number, perSecond?: number): ReturnType<typeof produce> {
  loads += 1;
  const urls = serves.map(({ ready }) => ready);
  const connections = CONNECTIONS * serves.length;
  const settings = { urls, connections, events, event: 'page_viewed', id: `load-${loads}`, people: PEOPLE };
  return produce(perSecond === undefined ? settings : { ...settings, perSecond });
}

/** @param postgres process id of the store's server */
export async function round(serves: readonly Serve[], store: Store, postgres: number, events: number): Promise<Round> {
  const before = servingCpu(serves, postgres);
  const { tookMs } = await load(serves, events);
  await decided(store);
  const after = servingCpu(serves, postgres);
  const [serve, server] = [after.serve - before.serve, after.postgres - before.postgres];
  return {
    pace: (events * 1_000) / tookMs,
    serve: serve / events,
    postgres: server / events,
    cpu: (serve + server) / events,
  };
}
