import type { Client } from '@temporalio/client';
import { personOfRun } from '../plan/run-id.ts';
import { erasedAmong, knownRuns } from '../router/known-runs.ts';
import type { Store } from '../store/store.ts';
import type { Check } from './check.ts';

/** Listed newest first: whatever a restored store has forgotten is among them. */
const NEWEST = 1_000;

/**
 * Whether the store knows the newest runs of Temporal. A row is written before its run is started, so that a run without one
 * says that the store was restored to an older moment than Temporal.
 */
export async function checkRuns(store: Store, client: Client, taskQueue: string): Promise<Check> {
  const query = `TaskQueue = "${taskQueue}" AND ExecutionStatus = "Running"`;
  const persons = new Map<string, string>();
  for await (const { workflowId } of client.workflow.list({ query, pageSize: NEWEST })) {
    const person = personOfRun(workflowId);
    if (person !== null) persons.set(workflowId, person);
    if (persons.size === NEWEST) break;
  }
  const looked = `${persons.size === NEWEST ? `the newest ${NEWEST}` : persons.size} running in Temporal`;
  const known = await knownRuns(store.db, [...persons.keys()]);
  const missing = [...persons].filter(([run]) => !known.has(run));
  const erased = await erasedAmong(
    store.db,
    missing.map(([, person]) => person),
  );
  const unknown = missing.flatMap(([run, person]) => (erased.has(person) ? [] : [run]));
  if (unknown.length === 0) return { check: 'runs', ok: true, detail: `the store knows all of ${looked}` };
  return {
    check: 'runs',
    ok: false,
    detail: `the store does not know ${unknown.length} of ${looked}, such as ${unknown[0]}: it was restored to an older moment than Temporal`,
    remedy:
      'The next start of `serve` takes them over, except those of people whose keys only the newer store has (FLOWS_ENCRYPTION_KEY): they cannot go on. Restore a newer store, or end them: temporal workflow terminate --workflow-id ID.',
  };
}
