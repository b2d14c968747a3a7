import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { RunInput } from '../plan/notice.ts';
import { sealEvents } from '../store/crypto/seal-event.ts';
import { hashable, keyForms } from '../store/crypto/seal-ids.ts';
import { sealNotices } from '../store/crypto/seal-notice.ts';
import { json } from '../store/store.ts';
import type { Decision } from '../store/tables/inbox.ts';
import type { Tables } from '../store/tables.ts';
import type { Admission } from './admission.ts';
import { insertNotice } from './decide-notice.ts';
import { awaitGoals } from './goals.ts';
import type { OpenRun, Person } from './person.ts';
import { workflowId } from './run-key.ts';

/** Body of notice 0: the run's input, with the plan's hash in place of the plan, so that rows stay small. */
export type StartBody = Omit<RunInput, 'plan'> & { readonly hash: string };

/** Records the entry and its start. The person must be locked, and nobody inside may stand against it. */
export async function enter(
  trx: Transaction<Tables>,
  person: Person,
  { plan, key, ordinal }: Extract<Admission, { verdict: 'enter' }>,
  { id: inbox, event }: { readonly id: string; readonly event: CanonicalEvent },
  { speed, hops }: { readonly speed: number; readonly hops: number },
): Promise<Decision> {
  const entry = randomUUID();
  const { name, id, time, source, data } = event;
  const body: StartBody = {
    hash: plan.hash,
    entry,
    person: person.id,
    key,
    event: { name, id, time, source, data },
    entered: person.now.toISOString(),
    received: event.received,
    speed,
  };
  const run: OpenRun = {
    id: entry,
    person: person.id,
    flow: plan.flow,
    key: key ?? '',
    workflow_id: workflowId(plan.flow, person.id, key === null ? null : hashable(trx, key), ordinal),
    hash: plan.hash,
    state: 'starting',
    listens: plan.listens,
    sent_n: 0,
    inbox,
  };
  const [sealedEvent] = await sealEvents(trx, [{ person: person.id, event: body.event }]);
  const [storedKey] = await keyForms(trx, [person.id], key);
  const [sealedBody] = await sealNotices(trx, [{ person: person.id, body }]);
  await trx
    .insertInto('entries')
    .values({
      ...run,
      key: storedKey!,
      listens: [...plan.listens],
      ordinal,
      mode: plan.reentry.mode,
      event: json(sealedEvent),
      entered_at: person.now,
      hops,
    })
    .execute();
  await trx
    .insertInto('notices')
    .values({ entry, n: 0, person: person.id, kind: 'start', body: json(sealedBody) })
    .execute();
  await awaitGoals(trx, person, entry, plan);
  person.runs.push(run);
  return { flow: plan.flow, run: run.workflow_id, what: 'started' };
}

/** Ends a run because its flow starts again from the top. The row is closed here; the barrier silences the run. */
export async function restartOver(trx: Transaction<Tables>, person: Person, run: OpenRun): Promise<Decision> {
  await insertNotice(trx, run, { kind: 'exit', reason: 'restarted' });
  await trx
    .updateTable('entries')
    .set({ state: 'closed', outcome: 'exited', reason: 'restarted', closed_at: sql<Date>`now()` })
    .where('id', '=', run.id)
    .execute();
  person.runs = person.runs.filter(({ id }) => id !== run.id);
  return { flow: run.flow, run: run.workflow_id, what: 'restarted' };
}
