/** Positions and timeline lines of runs, written to the store in groups: best effort, newest position wins. */
import { sql } from 'kysely';
import { personOfRun } from '../plan/run-id.ts';
import { PersonErased } from '../store/crypto/key-table.ts';
import { sealLines, sealPositions } from '../store/crypto/seal-report.ts';
import type { Store } from '../store/store.ts';
import type { RunReportLine } from '../workflows/sink.ts';

const FLUSH_MS = 100;

export interface RunReports {
  /** `run`: the workflow id */
  add(line: RunReportLine, run: string): void;
  /** writes what is left */
  close(): Promise<void>;
}

export function createRunReports(store: Store, log: (message: string) => void): RunReports {
  let waiting: Reported[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const flush = () => {
    timer = null;
    const batch = waiting;
    waiting = [];
    writing = writing
      .then(() => writeKnown(store, batch))
      .catch((error: unknown) => {
        // The history has it all; `flows show` asks the run where the store is behind.
        log(`positions of ${batch.length} runs were not stored: ${error instanceof Error ? error.message : error}`);
      });
  };

  return {
    add(line, run) {
      waiting.push({ ...line, run });
      timer ??= setTimeout(flush, FLUSH_MS);
    },
    async close() {
      if (timer !== null) clearTimeout(timer);
      flush();
      await writing;
    },
  };
}

type Reported = RunReportLine & { readonly run: string };

/** Of whoever was erased meanwhile nothing is written. */
async function writeKnown(store: Store, batch: readonly Reported[]): Promise<void> {
  try {
    await write(store, batch);
  } catch (error) {
    if (!(error instanceof PersonErased)) throw error;
    await writeKnown(
      store,
      batch.filter(({ run }) => personOfRun(run) !== error.person),
    );
  }
}

async function write(store: Store, batch: readonly Reported[]): Promise<void> {
  if (batch.length === 0) return;
  const newest = new Map<string, Reported>();
  for (const line of batch) newest.set(line.entry, line);
  const latest = [...newest.values()];
  const sealedPositions = await sealPositions(
    store.db,
    latest.map(({ run, position }) => ({ person: personOfRun(run)!, position })),
  );
  const positions = JSON.stringify(
    latest.map(({ entry, number, finishing }, n) => ({ entry, number, position: sealedPositions[n], finishing })),
  );
  const told = batch.flatMap(({ entry, run, lines }) => lines.map((line) => ({ entry, run, line })));
  const sealed = await sealLines(
    store.db,
    told.map(({ run, line }) => ({ person: personOfRun(run)!, line })),
  );
  const lines = JSON.stringify(told.map(({ entry, line }, n) => ({ entry, seq: line.seq, line: sealed[n] })));
  await sql`
    with reported as (
      select * from jsonb_to_recordset(${positions}::jsonb) as r(entry uuid, number bigint, position jsonb, finishing boolean)
    ), lines as (
      insert into trail (entry, seq, line)
      select l.entry, l.seq, l.line
      from jsonb_to_recordset(${lines}::jsonb) as l(entry uuid, seq integer, line jsonb)
      join entries on entries.id = l.entry
      order by l.entry, l.seq
      on conflict do nothing
    )
    update entries set position = r.position, position_seq = r.number, finishing = entries.finishing or r.finishing,
      hash = coalesce(r.position->>'version', entries.hash)
    from reported r where entries.id = r.entry and entries.position_seq < r.number
  `.execute(store.db);
}
