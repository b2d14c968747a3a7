/** Rows of `syncs` as they go out: leased, and settled where nothing newer came meanwhile. */
import { sql } from 'kysely';
import type { Contact } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import type { Project } from '../plan/project.ts';
import { PersonErased } from '../store/crypto/key-table.ts';
import { sealSentences } from '../store/crypto/seal-sentences.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { ENGINE_SOURCE, lockPersons, writeInbox } from '../store/inbox.ts';
import { json, type Store } from '../store/store.ts';
import { canonicalPerson, identifiersOf } from './canonical-person.ts';

/** How long rows belong to who took them, on the database's clock: longer than all calls of one portion. */
const LEASE_SECONDS = 120;

export interface DueSync {
  readonly person: string;
  readonly target: string;
  readonly job: string;
  readonly value: Json;
  readonly address: Contact | null;
  readonly at: Date;
  readonly version: number;
  /** the person's identifiers */
  readonly contact: Contact;
  /** whoever they are now, after merges */
  readonly canonical: string;
}

/** The longest due first. Others may take at the same time; nobody gets a row twice before its lease is over. */
export async function takeSyncs(store: Store, limit: number): Promise<DueSync[]> {
  const { rows } = await sql<DueSync>`
    with due as (
      select person, target from syncs where state = 'due' and due_at <= now()
      order by due_at limit ${limit} for update skip locked),
    taken as (
      update syncs s set due_at = now() + make_interval(secs => ${LEASE_SECONDS})
      from due where s.person = due.person and s.target = due.target
      returning s.person, s.target, s.job, s.value, s.address, s.at, s.version)
    select taken.*, canonical.id as canonical, ${sql.raw(identifiersOf('canonical.id', 'taken.person'))} as contact
    from taken cross join ${sql.raw(canonicalPerson('taken.person'))}
    order by taken.person, taken.target`.execute(store.db);
  return rows;
}

export interface SettledSync {
  readonly row: DueSync;
  readonly state: 'sent' | 'rejected' | 'skipped';
  /** null with `sent` */
  readonly reason: string | null;
}

/**
 * Writes down what became of rows. One whose value has changed meanwhile goes out again at once; whoever was erased meanwhile has
 * none, and costs nobody else theirs.
 */
export async function settleSyncs(
  store: Store,
  settled: readonly SettledSync[],
  catalogue: Project['groups'],
): Promise<void> {
  try {
    await settle(store, settled, catalogue);
  } catch (error) {
    const others = error instanceof PersonErased ? settled.filter(({ row }) => row.person !== error.person) : settled;
    if (others.length === settled.length) throw error;
    await settleSyncs(store, others, catalogue);
  }
}

async function settle(store: Store, settled: readonly SettledSync[], catalogue: Project['groups']): Promise<void> {
  if (settled.length === 0) return;
  const reasons = await sealSentences(
    vaultOf(store.db),
    settled.map(({ row: { person }, reason }) => ({ person, text: reason })),
  );
  const given = settled.map(({ row: { person, target, version }, state }, n) => ({
    ...{ person, target, version, state, reason: reasons[n] },
  }));
  await store.db.transaction().execute(async (trx) => {
    const groups = settled.filter(({ row, state }) => state === 'sent' && /^(group|consent)\//.test(row.target));
    const merged = await lockPersons(
      trx,
      groups.map(({ row }) => row.canonical),
    );
    await sql`
      update syncs s set
        state = case when s.version = g.version then g.state else s.state end,
        reason = case when s.version = g.version then g.reason end,
        sent_at = case when g.state = 'sent' then now() else s.sent_at end,
        tries = 0, due_at = now()
      from (select * from jsonb_to_recordset(${json(given)}::jsonb)
              as g (person uuid, target text, version integer, state text, reason text) order by person, target) g
      where s.person = g.person and s.target = g.target and s.state = 'due'`.execute(trx);
    // Their rows went to whoever remains, and go out again: flows hear of that one.
    for (const { row } of groups) if (!merged.includes(row.canonical)) await joined(trx, row, catalogue);
  });
}

/** A group that Mapp took is known to the store, and an event for flows that listen for such. */
async function joined(
  trx: Parameters<typeof writeInbox>[0],
  row: DueSync,
  catalogue: Project['groups'],
): Promise<void> {
  const id = row.target.replace(/^\w+\//, '');
  const member = row.value === true;
  const { rows } = await sql<{ changed: boolean; heard: boolean }>`
    with before as (select member, at from memberships where person = ${row.canonical} and group_id = ${id}),
    written as (
      insert into memberships as m (person, group_id, member, at)
      select id, ${id}, ${member}, ${row.at} from persons where id = ${row.canonical}
      on conflict (person, group_id) do update set member = excluded.member, at = excluded.at where m.at <= excluded.at
      returning member)
    select exists (select from written) and coalesce((select member from before), false) <> ${member} as changed,
      coalesce((select value ? ${member ? 'group_joined' : 'group_left'} from meta where key = ${HEARD_CHANGES}), false) as heard
    `.execute(trx);
  if (!rows[0]!.changed || !rows[0]!.heard) return;
  const [group = id] = Object.entries(catalogue ?? {}).find(([, known]) => known === id) ?? [];
  const key = `sync/${row.person}/${row.target}/${row.version}`;
  const time = row.at.toISOString();
  const name = member ? 'group_joined' : 'group_left';
  const event = { name, id: key, dedupeKey: key, time, received: new Date().toISOString(), source: ENGINE_SOURCE };
  await writeInbox(trx, [{ person: row.canonical, event: { ...event, data: { group }, contact: {} } }]);
}

/** Gives rows back after a failure that says nothing about them. */
export async function delaySyncs(store: Store, rows: readonly DueSync[], delayMs: number): Promise<void> {
  if (rows.length === 0) return;
  const given = rows.map(({ person, target }) => ({ person, target }));
  await sql`
    update syncs s set tries = s.tries + 1, due_at = now() + make_interval(secs => ${delayMs / 1000}::double precision)
    from (select * from jsonb_to_recordset(${json(given)}::jsonb) as g (person uuid, target text)
          order by person, target) g
    where s.person = g.person and s.target = g.target and s.state = 'due'`.execute(store.db);
}
