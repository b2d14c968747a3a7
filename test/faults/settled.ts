import { sql } from 'kysely';
import { expect } from 'vitest';
import type { VirtualEngine } from '../support/virtual/engine.ts';
import { books, disagreement } from './books.ts';

/** Everything accepted was decided, told and acted on, every run has ended, and ledger and journal agree. */
export async function expectSettled({ store, sandboxUrl }: VirtualEngine): Promise<void> {
  const count = async (rows: string) =>
    (await sql<{ n: number }>`select count(*)::int as n from ${sql.raw(rows)}`.execute(store.db)).rows[0]!.n;
  expect(await count(`inbox where state <> 'decided'`)).toBe(0);
  expect(await count(`notices where state not in ('done', 'gone')`)).toBe(0);
  expect(await count(`entries where state <> 'closed' or outcome not in ('completed', 'exited')`)).toBe(0);
  const sends = await books(store, sandboxUrl);
  expect(sends.flatMap((one) => disagreement(one) ?? [])).toEqual([]);
}
