import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { NoticeBody } from '../plan/notice.ts';
import type { Plan } from '../plan/plan.ts';
import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { json, type Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { changesIn } from './changes.ts';
import { changesBy, type FlowChanges, flowsBefore, type Status } from './flow-changes.ts';
import { holdFlows } from './locks.ts';

type ToldKind = 'pause' | 'resume' | 'exit';

export interface PublishReport extends FlowChanges {
  /** how many runs were told of a change of their flow's status */
  readonly notices: number;
}

/**
 * `flows apply`: makes these plans the published ones, in one transaction, and tells people inside what a change of
 * status means for them. A flow that is not among the plans becomes `removed`: nobody enters, people inside finish, or stay
 * held where it was paused.
 *
 * @param options `partial`: flows that are not among the plans stay as they are
 * @throws Error when two plans are of the same flow; nothing is published then
 */
export async function publish(
  store: Store,
  plans: readonly Plan[],
  options: { readonly partial?: boolean } = {},
): Promise<PublishReport> {
  refuseTwins(plans);
  return store.db.transaction().execute(async (trx) => {
    await holdFlows(trx);
    const before = await flowsBefore(trx);
    const all = changesBy(plans, before);
    const { published, removed, held } = options.partial ? { ...all, removed: [], held: [] } : all;
    let notices = 0;
    for (const [n, plan] of plans.entries()) {
      const was = before.get(plan.flow);
      if (published[n]!.changed) await writeFlow(trx, plan);
      if (was !== undefined) notices += await tellInside(trx, plan.flow, was.status, plan.status);
      if (was !== undefined && was.hash !== plan.hash) notices += await tellOfVersion(trx, plan);
    }
    if (removed.length > 0) {
      await trx.updateTable('flows').set({ status: 'removed' }).where('flow', 'in', removed).execute();
    }
    await rememberChanges(trx, plans);
    await sql`
      insert into meta (key, value) values ('flows_version', '1')
      on conflict (key) do update set value = to_jsonb((meta.value #>> '{}')::bigint + 1)`.execute(trx);
    return { published, removed, held, notices };
  });
}

/** What people inside hear when the status of their flow changes; null: nothing. */
export function statusNotice(from: Status, to: Status): NoticeBody | null {
  if (from === to) return null;
  if (to === 'stopped') return { kind: 'exit', reason: 'stopped' };
  if (to === 'paused') return { kind: 'pause' };
  // A paused flow whose file went away leaves people held; they go on when it comes back.
  if ((from === 'paused' || from === 'removed') && to !== 'removed') return { kind: 'resume' };
  return null;
}

/** Which events of changed profiles and groups any flow has ever had to do with: the ledger makes those, and no others. */
async function rememberChanges(trx: Transaction<Tables>, plans: readonly Plan[]): Promise<void> {
  const names = [...new Set(plans.flatMap(changesIn))];
  if (names.length === 0) return;
  const heard = sql`(select jsonb_agg(distinct name) from jsonb_array_elements(
    coalesce((select value from meta where key = ${HEARD_CHANGES}), '[]') || ${json(names)}::jsonb) as all_of(name))`;
  await sql`
    insert into meta (key, value) values (${HEARD_CHANGES}, ${heard})
    on conflict (key) do update set value = ${heard}`.execute(trx);
}

async function writeFlow(trx: Transaction<Tables>, plan: Plan): Promise<void> {
  await trx
    .insertInto('plans')
    .values({ hash: plan.hash, flow: plan.flow, plan: json(plan) })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
  const row = { hash: plan.hash, status: plan.status, published_at: sql<Date>`now()` };
  await trx
    .insertInto('flows')
    .values({ flow: plan.flow, ...row })
    .onConflict((conflict) => conflict.column('flow').doUpdateSet(row))
    .execute();
}

async function tellInside(trx: Transaction<Tables>, flow: string, from: Status, to: Status): Promise<number> {
  const notice = statusNotice(from, to);
  if (notice === null) return 0;
  return tell(
    trx,
    notice as NoticeBody & { kind: ToldKind },
    sql`e.flow = ${flow} and ${concerned(notice.kind as ToldKind)}`,
  );
}

/** `on_change: migrate`: people inside older versions hear of this one, and from now on of what it listens for. */
async function tellOfVersion(trx: Transaction<Tables>, { flow, hash, listens, on_change }: Plan): Promise<number> {
  if (on_change !== 'migrate') return 0;
  const older = sql<boolean>`e.flow = ${flow} and e.hash <> ${hash}`;
  const notices = await tell(trx, { kind: 'migrate', hash }, older);
  await sql`
    update entries e set listens = array(select distinct unnest(e.listens || ${[...listens]}::text[]) order by 1)
    where e.state <> 'closed' and ${older}`.execute(trx);
  return notices;
}

async function tell(
  trx: Transaction<Tables>,
  { kind, ...body }: NoticeBody,
  which: RawBuilder<unknown>,
): Promise<number> {
  const told = sql`e.state <> 'closed' and ${which}`;
  await sql`
    with locked as (
      select id from persons where id in (
        select coalesce(own.merged_into, own.id) from entries e join persons own on own.id = e.person where ${told})
      order by id for no key update)
    update persons p set wake = p.wake + 1, ready_at = least(p.ready_at, now())
    from locked where p.id = locked.id`.execute(trx);
  const { rows } = await sql`
    with told as (
      update entries e set sent_n = e.sent_n + 1 where ${told} returning e.id, e.sent_n, e.person)
    insert into notices (entry, n, person, kind, body)
    select told.id, sent_n, coalesce(own.merged_into, own.id), ${kind}::text, ${json(body)}::jsonb
    from told join persons own on own.id = told.person
    returning n`.execute(trx);
  return rows.length;
}

/** Only those who hold are told to go on: whoever entered before the pause was lifted by another way has nothing to hear. */
function concerned(kind: ToldKind) {
  if (kind !== 'resume') return sql<boolean>`true`;
  return sql<boolean>`'pause' = (
    select n.kind from notices n where n.entry = e.id and n.kind in ('pause', 'resume') order by n.n desc limit 1)`;
}

function refuseTwins(plans: readonly Plan[]): void {
  const seen = new Set<string>();
  for (const { flow } of plans) {
    if (seen.has(flow)) throw new Error(`flow "${flow}" is given twice: every flow of a project needs its own name`);
    seen.add(flow);
  }
}
