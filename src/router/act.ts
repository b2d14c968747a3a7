import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { sql } from 'kysely';
import type { JsonObject } from '../plan/json.ts';
import { NOTICE_SIGNAL, NOTICE_UPDATE, type Notice, type NoticeAnswer } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { keep, type Lease } from './claim.ts';
import { type Due, dueNotices } from './due.ts';
import { closeEntry, type Ending, findEnding, LOST, leavingEnding } from './ending.ts';
import type { StartBody } from './enter.ts';
import type { Pace } from './pace.ts';
import type { PublishedFlows } from './published-flows.ts';
import { type StartSettings, startRun } from './start-run.ts';
import { NoAnswer, type TemporalCall } from './temporal-call.ts';
import { reasonOf, troubleOf } from './temporal-errors.ts';

export interface Actor extends StartSettings {
  readonly store: Store;
  readonly client: Client;
  readonly published: PublishedFlows;
  /** a burst of starts would starve signals */
  readonly starts: Pace;
  /** within a time well below the lease, which is renewed before each */
  readonly call: TemporalCall;
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Sends all that is due for the person, in order, and records what became of it. May be repeated after a crash: a start is
 * known by its id, a signal dropped by its number, an update by both.
 *
 * @throws whatever is neither permanent nor about one run; the rest stays due
 */
export async function act(actor: Actor, lease: Lease): Promise<void> {
  for (const notice of await dueNotices(actor.store, lease.person)) {
    await keep(actor.store, lease);
    try {
      await send(actor, lease, notice);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === 'gone' && notice.kind !== 'start') await gone(actor, notice);
      else if (trouble === 'permanent') await refused(actor, notice, reasonOf(error));
      else throw error;
    }
  }
}

async function send(actor: Actor, lease: Lease, notice: Due): Promise<void> {
  const { client, store, call } = actor;
  if (notice.kind === 'start') {
    const { hash } = notice.body as unknown as StartBody;
    const plan = await actor.published.plan(store.db, hash);
    await actor.starts.run(async () => {
      // waiting for one's turn may take longer than the lease
      await keep(store, lease);
      await call(() => startRun(client, actor, notice.workflow_id, plan, notice.body as unknown as StartBody));
    });
    await settle(store, notice, 'done');
    return;
  }
  const handle = client.workflow.getHandle(notice.workflow_id);
  const body = notice.body as JsonObject;
  // Rows hold the hash: a plan may be large, and is the same for all.
  const plan = notice.kind === 'migrate' ? { plan: await actor.published.plan(store.db, String(body.hash)) } : {};
  const message = { ...body, ...plan, kind: notice.kind, n: notice.n } as unknown as Notice;
  if (notice.inbox === null) {
    await call(() => handle.signal(NOTICE_SIGNAL, message));
    await settle(store, notice, 'done');
    return;
  }
  const options = { args: [message] as [Notice], updateId: notice.inbox };
  let ending: Ending | string;
  try {
    const { exited } = await call(() => handle.executeUpdate<NoticeAnswer, [Notice]>(NOTICE_UPDATE, options));
    ending = exited ? await call(() => leavingEnding(client, notice.workflow_id)) : 'stays';
  } catch (error) {
    // Updates wait for a worker: that none came says nothing about the server.
    if (error instanceof NoAnswer)
      throw new Error(`no worker took an update of ${notice.workflow_id}`, { cause: error });
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    // A run that ends while it holds an update fails the update.
    ending = await call(() => findEnding(client, notice.workflow_id));
    if (typeof ending === 'string') return refused(actor, notice, reasonOf(error));
  }
  if (typeof ending !== 'string') await closeEntry(store.db, runOf(notice), ending);
  await settle(store, notice, 'done');
}

function runOf({ entry, workflow_id }: Due) {
  return { id: entry, workflow_id };
}

/** The decision stands; there is nobody left to hear of it. */
async function gone({ store, client, call }: Actor, notice: Due): Promise<void> {
  const ending = await call(() => findEnding(client, notice.workflow_id));
  // It answers now: the description is newer than the refusal, as after a reset. Once more, then.
  if (ending === 'running') throw new Error(`${notice.workflow_id} was not found, but runs`);
  await closeEntry(store.db, runOf(notice), ending === 'not_found' ? { ...LOST, at: new Date() } : ending);
  await settle(store, notice, 'gone');
}

async function refused({ store, log }: Actor, notice: Due, reason: string): Promise<void> {
  log.warn({ run: notice.workflow_id, notice: notice.n, kind: notice.kind, reason }, 'Temporal refused a notice');
  if (notice.kind === 'start') {
    const ending = { outcome: 'failed', reason: `Temporal refused the start: ${reason}`, at: new Date() };
    await closeEntry(store.db, runOf(notice), ending);
  }
  await settle(store, notice, 'refused', reason);
}

/** A run whose start is done is open; one commit for both. */
async function settle(store: Store, notice: Due, state: 'done' | 'gone' | 'refused', reason: string | null = null) {
  const opens = state === 'done' && notice.kind === 'start';
  await sql`
    with opened as (
      update entries set state = 'open' where ${opens}::boolean and id = ${notice.entry} and state = 'starting')
    update notices set state = ${state}, reason = ${reason}, done_at = ${new Date()}
    where entry = ${notice.entry} and n = ${notice.n} and state = 'due'`.execute(store.db);
}
