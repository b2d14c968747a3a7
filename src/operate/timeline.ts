import type { Client } from '@temporalio/client';
import type { RunReport, TrailLine } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { askResult, askState } from './ask.ts';
import { type DeliveryRow, listDeliveries } from './deliveries.ts';
import { type EntryRow, findRun, type RunRow, type Temporal, withPosition } from './runs.ts';

/** One line of a person's timeline, with what the ledger knows of the effect it is about. */
export interface TimelineLine extends Omit<TrailLine, 'seq'> {
  readonly delivery?: { readonly key: string; readonly state: string; readonly reason: string | null };
}

/** `flows show RUN --json`. */
export interface Timeline extends RunRow {
  /** the zone to show times in: that of the flow, else of the project */
  readonly timezone: string;
  readonly timeline: readonly TimelineLine[];
  readonly deliveries: readonly DeliveryRow[];
}

/**
 * The timeline of one run, undefined when there is no such run. The run itself knows best (its query while it is open,
 * its result afterwards); what the store has of its trail fills what the run does not hold, and all when it is silent.
 */
export async function showRun(store: Store, temporal: Temporal, run: string): Promise<Timeline | undefined> {
  const stored = await findRun(store, run);
  if (stored === undefined) return undefined;
  const [report, trail, deliveries, timezone] = await Promise.all([
    ask(await temporal(), stored),
    storedTrail(store, stored.entry),
    listDeliveries(store, { run }),
    zoneOf(store, stored.version),
  ]);
  const {
    entry: _entry,
    closed: _closed,
    ...row
  } = report === null || stored.closed ? stored : withPosition(stored, report.position);
  const lines = mergeTrails(trail, report?.trail ?? []);
  const timeline = [...joinLedger(lines, deliveries), ...(await laterGoals(store, stored.entry, lines))];
  return { ...row, timezone, timeline, deliveries };
}

async function ask(client: Client | null, row: EntryRow): Promise<RunReport | null> {
  if (client === null) return null;
  return row.closed ? askResult(client, row.run) : askState(client, row.run);
}

async function storedTrail(store: Store, entry: string): Promise<TrailLine[]> {
  const rows = await store.db.selectFrom('trail').select('line').where('entry', '=', entry).orderBy('seq').execute();
  return rows.map((row) => row.line);
}

/** Goals that were reached when the run was over, which has no line of them. */
async function laterGoals(store: Store, entry: string, lines: readonly TrailLine[]): Promise<TimelineLine[]> {
  const rows = await store.db
    .selectFrom('goals')
    .select(['name', 'counted_at'])
    .where('entry', '=', entry)
    .where('counted_at', 'is not', null)
    .orderBy('counted_at')
    .execute();
  const known = new Set(lines.filter(({ kind }) => kind === 'goal').map(({ what }) => what));
  return rows
    .filter(({ name }) => !known.has(name))
    .map(({ name, counted_at }) => ({ at: counted_at!.toISOString(), step: null, kind: 'goal', what: name }));
}

async function zoneOf(store: Store, hash: string): Promise<string> {
  const { plan } = await store.db.selectFrom('plans').select('plan').where('hash', '=', hash).executeTakeFirstOrThrow();
  return plan.timezone === 'contact' ? plan.project_timezone : plan.timezone;
}

/** Both hold the same lines under the same numbers; either may lack some. */
function mergeTrails(stored: readonly TrailLine[], live: readonly TrailLine[]): TrailLine[] {
  const bySeq = new Map([...stored, ...live].map((line) => [line.seq, line]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** What matters most of a step that had several effects, or one that was sent again, comes first. */
const GRAVITY = ['unknown', 'rejected', 'sending', 'skipped', 'accepted'];

function joinLedger(lines: readonly TrailLine[], deliveries: readonly DeliveryRow[]): TimelineLine[] {
  const visits = new Map<string, number>();
  return lines.map(({ seq: _seq, ...line }) => {
    if (line.step === null) return line;
    const nth = visits.get(line.step) ?? 0;
    visits.set(line.step, nth + 1);
    const found = weightiest(
      deliveries.filter((row) => row.step === line.step),
      nth,
    );
    return found ? { ...line, delivery: { key: found.key, state: found.state, reason: found.reason } } : line;
  });
}

/** Of the effects of the step's nth visit, only the newest generation of each counts: it stands for those before it. */
function weightiest(ofStep: readonly DeliveryRow[], nth: number): DeliveryRow | undefined {
  const visit = [...new Set(ofStep.map((row) => row.visit))].sort((a, b) => a - b)[nth];
  const rows = ofStep.filter((row) => row.visit === visit);
  const newest = rows.filter(
    (row) => !rows.some((other) => other.generation > row.generation && stem(other.key) === stem(row.key)),
  );
  return newest.sort((a, b) => GRAVITY.indexOf(a.state) - GRAVITY.indexOf(b.state))[0];
}

/** The key without its generation. */
function stem(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
