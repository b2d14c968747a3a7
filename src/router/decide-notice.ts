import { sql, type Transaction } from 'kysely';
import type { NoticeBody } from '../plan/notice.ts';
import { sealNotices } from '../store/crypto/seal-notice.ts';
import { json } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { readyPersons } from './locks.ts';

/**
 * Decides a notice for a run from outside the router (an operator, late evidence): counts `sent_n` up, which stops the
 * run's next effect at once, and makes the person ready, so that a router delivers it. `inTransaction` must be the one that
 * changes whatever the notice is about. Lock no row of `entries` before calling it (order of locks: `locks.ts`).
 *
 * @param entryId `entries.id`; a run that is closed already is told all the same, and the notice ends as `gone`
 * @returns the notice's number
 * @throws Error when there is no such entry
 */
export async function decideNotice(
  inTransaction: Transaction<Tables>,
  entryId: string,
  body: NoticeBody,
): Promise<number> {
  // Of somebody merged into another: whoever remains is told, and has the lease.
  const entry = await inTransaction
    .selectFrom('entries')
    .innerJoin('persons', 'persons.id', 'entries.person')
    .select(sql<string>`coalesce(persons.merged_into, persons.id)`.as('person'))
    .where('entries.id', '=', entryId)
    .executeTakeFirst();
  if (entry === undefined) throw new Error(`no run has the entry id "${entryId}"`);
  await readyPersons(inTransaction, [entry.person]);
  return insertNotice(inTransaction, { id: entryId, person: entry.person }, body);
}

/**
 * The person's row must be locked. `inbox`: the event waits for the answer, so the notice travels as an update with that id.
 */
export async function insertNotice(
  trx: Transaction<Tables>,
  entry: { readonly id: string; readonly person: string },
  { kind, ...body }: NoticeBody,
  inbox: string | null = null,
): Promise<number> {
  const [sealed] = await sealNotices(trx, [{ person: entry.person, body }]);
  const { sent_n: n } = await trx
    .updateTable('entries')
    .set((eb) => ({ sent_n: eb('sent_n', '+', 1) }))
    .where('id', '=', entry.id)
    .returning('sent_n')
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('notices')
    .values({ entry: entry.id, n, person: entry.person, kind, body: json(sealed), inbox })
    .execute();
  return n;
}
