/** How far audience exports are. */
import { type Kysely, sql } from 'kysely';
import type { Project } from '../plan/project.ts';
import { type Export, exportTarget, targetKey } from '../plan/sync.ts';
import { json, type Store } from './store.ts';
import { putMembers } from './syncs.ts';
import type { Tables } from './tables.ts';

/** Name of an export in `syncs.job`. */
export function exportJob(name: string): string {
  return `export/${name}`;
}

/**
 * Makes the row of each declared export, and puts the members that are known by now in line where it wants them. An export
 * that is declared otherwise than before begins anew. Any number of processes may do this at once.
 */
export async function beginExports(store: Store, exports: NonNullable<Project['exports']>): Promise<void> {
  for (const [name, one] of Object.entries(exports)) {
    await store.db.transaction().execute(async (trx) => {
      if (!(await begun(trx, name, one)) || !one.existing_users) return;
      const place = { job: exportJob(name), target: targetKey(exportTarget(one)), value: 'true' };
      await putMembers(trx, one, place);
      await trx.updateTable('exports').set({ seeded_at: sql<Date>`now()` }).where('name', '=', name).execute();
    });
  }
}

/** Answers whether the export begins just now; the row is locked then. */
async function begun(trx: Kysely<Tables>, name: string, one: Export): Promise<boolean> {
  const settings = json(one);
  const { rows } = await sql`
    insert into exports as e (name, settings) values (${name}, ${settings})
    on conflict (name) do update set settings = excluded.settings, seeded_at = null, file = null, lines = 0, without = 0,
      finished_at = null
      where e.settings <> excluded.settings
    returning name`.execute(trx);
  return rows.length > 0;
}

/** What `flows export NAME` tells. */
export interface ExportProgress {
  /** values that wait to go out, that Mapp has taken, that it refused, and people without the identifier */
  readonly due: number;
  readonly sent: number;
  readonly rejected: number;
  readonly skipped: number;
}

export async function exportProgress(db: Kysely<Tables>, name: string): Promise<ExportProgress> {
  const { rows } = await sql<{ state: keyof ExportProgress; count: number }>`
    select state, count(*)::int as count from syncs where job = ${exportJob(name)} group by state`.execute(db);
  return { due: 0, sent: 0, rejected: 0, skipped: 0, ...Object.fromEntries(rows.map((row) => [row.state, row.count])) };
}

/** A backfill-only export has told everything. Answers whether it has: nothing waits any more. */
export async function finishExport(store: Store, name: string): Promise<boolean> {
  const { rows } = await sql`
    update exports set finished_at = coalesce(finished_at, now())
    where name = ${name} and not exists (select from syncs where job = ${exportJob(name)} and state = 'due')
    returning name`.execute(store.db);
  return rows.length > 0;
}
