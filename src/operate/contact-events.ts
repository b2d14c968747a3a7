import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../store/store.ts';

/** One event of a contact as it reached us, by the id that `flows why` takes: an element of `events` in `flows why email=… --json`. */
export interface ContactEvent {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  /** when it happened, came, and was decided, ISO 8601 UTC; null: not yet decided */
  readonly time: string;
  readonly received: string;
  readonly decided: string | null;
}

/** Of the inbox. */
export interface EventRow {
  readonly name: string;
  readonly source: string;
  readonly occurred_at: Date;
  readonly received_at: Date;
  readonly decided_at: Date | null;
}

/** What came for these persons, and what their runs wrote themselves: the latest `most`, null: all of it; oldest first. */
export async function eventsOf(
  store: Store,
  persons: readonly string[],
  most: number | null,
): Promise<readonly ContactEvent[]> {
  const limit: RawBuilder<unknown> = most === null ? sql`all` : sql`${most}`;
  const { rows } = await sql<EventRow & { id: string }>`
    select event->'id' as id, name, source, occurred_at, received_at, decided_at from inbox
    where person = any(${[...persons]}::uuid[]) order by inbox.id desc limit ${limit}`.execute(store.db);
  return rows.reverse().map((row) => eventOf(row.id, row));
}

/** @param id the producer's */
export function eventOf(id: string, { name, source, occurred_at, received_at, decided_at }: EventRow): ContactEvent {
  return {
    id,
    name,
    source,
    time: occurred_at.toISOString(),
    received: received_at.toISOString(),
    decided: decided_at?.toISOString() ?? null,
  };
}
