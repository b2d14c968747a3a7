import { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { payloadOptions } from '../codec/data-converter.ts';
import { taskQueueOf } from '../router/task-queue.ts';
import { checkCluster, forgetCluster } from '../store/cluster-guard.ts';
import type { Store } from '../store/store.ts';
import { SetupError } from '../system/setup-error.ts';
import { clusterIdentity } from '../temporal/cluster-identity.ts';
import { connectTemporal, type TemporalSettings } from '../temporal/connection.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import type { Check } from './check.ts';
import type { OpenedStore } from './connect.ts';
import { checkRuns } from './run-checks.ts';

/**
 * Runs a check whose failure is a SetupError, which says what was found and, behind its first colon, what to do.
 * Anything else thrown is a bug, and thrown on.
 */
export async function attempt<T>(check: string, work: () => Promise<T>): Promise<{ found?: T; failed?: Check }> {
  try {
    return { found: await work() };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { failed: { check, ok: false, detail: error.message } };
  }
}

/** The store answers, and what it holds. */
export async function checkStore(open: () => Promise<OpenedStore>): Promise<{ checks: Check[]; opened?: OpenedStore }> {
  const { found: opened, failed } = await attempt('store', open);
  if (opened === undefined) return { checks: [failed!] };
  const { rows } = await sql<{ server_version: string }>`show server_version`.execute(opened.store.db);
  const open_runs = await opened.store.db
    .selectFrom('entries')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('state', '<>', 'closed')
    .executeTakeFirstOrThrow();
  const detail = `Postgres ${rows[0]!.server_version.split(' ')[0]}, ${open_runs.count} open runs`;
  return { checks: [{ check: 'store', ok: true, detail }], opened };
}

/**
 * Temporal answers, is the one of this store (or becomes it, with `adopt`), has no run that the store forgot, and knows our
 * search attributes. `ownServer`: no Temporal is configured, so the project has the one that `flows dev` starts.
 */
export async function checkTemporal(
  settings: TemporalSettings,
  store: Store | null,
  { adopt, ownServer }: { readonly adopt: boolean; readonly ownServer: boolean },
): Promise<Check[]> {
  const { found: connection, failed } = await attempt('Temporal', () => connectTemporal(settings));
  if (connection === undefined) {
    if (!adopt || !ownServer || store === null) return [failed!];
    // `flows dev` brings its own server, which runs only while it does: it cannot be asked now.
    await forgetCluster(store);
    return [{ check: 'cluster', ok: true, detail: 'the Temporal that `flows dev` starts here next is taken' }];
  }
  const { namespace, options } = settings;
  const checks: Check[] = [{ check: 'Temporal', ok: true, detail: `${options.address}, namespace ${namespace}` }];
  try {
    if (store !== null) {
      const cluster = await attempt('cluster', async () => {
        await checkCluster(store, await clusterIdentity(connection, namespace), { adopt });
      });
      const detail = adopt ? 'from now on the runs of this store live here' : 'the runs of this store live here';
      checks.push(cluster.failed ?? { check: 'cluster', ok: true, detail });
      if (cluster.failed === undefined) {
        const client = new Client({ connection, namespace, ...payloadOptions(store, 'tell') });
        checks.push(await checkRuns(store, client, await taskQueueOf(store)));
      }
    }
    const attributes = await attempt('search attributes', () => ensureSearchAttributes(connection, namespace));
    const added = attributes.found ?? [];
    const detail = added.length === 0 ? 'registered' : `registered now: ${added.join(', ')}`;
    checks.push(attributes.failed ?? { check: 'search attributes', ok: true, detail });
    return checks;
  } finally {
    await connection.close();
  }
}
