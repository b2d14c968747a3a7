import type { Json } from '../plan/json.ts';
import type { NoticeBody } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';

/** A notice that must reach its run, with what sending it takes. */
export interface Due {
  readonly entry: string;
  readonly n: number;
  readonly kind: NoticeBody['kind'] | 'start';
  readonly body: Json;
  /** set where an event waits for the run's answer: the id of the update */
  readonly inbox: string | null;
  readonly created_at: Date;
  readonly workflow_id: string;
}

/** All that is due for a person, in the order in which it must be sent. */
export async function dueNotices(store: Store, person: string): Promise<Due[]> {
  const rows = await store.db
    .selectFrom('notices')
    .innerJoin('entries', 'entries.id', 'notices.entry')
    .select(['notices.entry', 'n', 'kind', 'body', 'notices.inbox', 'created_at', 'workflow_id'])
    .where('notices.person', '=', person)
    .where('notices.state', '=', 'due')
    .execute();
  return inOrder(rows.map((row) => ({ ...row, inbox: row.inbox ?? null })));
}

/**
 * Per run strictly by number: a run drops a number that comes after a higher one, and the time of a row is that of the
 * beginning of its transaction, which says little. Between runs the older head goes first, and of one transaction whatever
 * is not a start, so that a run is ended before its flow starts again.
 */
export function inOrder<T extends Pick<Due, 'entry' | 'n' | 'created_at'>>(notices: readonly T[]): T[] {
  const byRun = new Map<string, T[]>();
  for (const notice of notices) {
    const queue = byRun.get(notice.entry);
    if (queue === undefined) byRun.set(notice.entry, [notice]);
    else queue.push(notice);
  }
  const queues = [...byRun.values()];
  for (const queue of queues) queue.sort((a, b) => a.n - b.n);
  const ordered: T[] = [];
  while (ordered.length < notices.length) {
    const heads = queues.filter((queue) => queue.length > 0);
    heads.sort(([a], [b]) => before(a!, b!));
    ordered.push(heads[0]!.shift()!);
  }
  return ordered;
}

function before(a: Pick<Due, 'n' | 'created_at' | 'entry'>, b: Pick<Due, 'n' | 'created_at' | 'entry'>): number {
  return (
    a.created_at.getTime() - b.created_at.getTime() ||
    Number(a.n === 0) - Number(b.n === 0) ||
    (a.entry < b.entry ? -1 : 1)
  );
}
