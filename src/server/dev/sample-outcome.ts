/** Whether the runs of the sample's people have come to an end, and how. */
import { sql } from 'kysely';
import { lookupForm } from '../../store/crypto/vault.ts';
import type { Store } from '../../store/store.ts';

export interface SampleOutcome {
  /** events not decided, notices not delivered, runs neither closed nor parked */
  readonly open: number;
  readonly completed: number;
  readonly exited: number;
  readonly parked: number;
  /** closed in any other way */
  readonly failed: number;
}

export async function sampleOutcome(store: Store, addresses: readonly string[]): Promise<SampleOutcome> {
  const looked = addresses.map((address) => lookupForm(store.db, 'email', address));
  const { rows } = await sql<{ [K in keyof SampleOutcome]: string }>`
    with people as (select person from identifiers where kind = 'email' and value = any(${looked}::text[])),
    runs as (
      select state, outcome, coalesce(state <> 'closed' and position ->> 'status' = 'parked', false) as parked
      from entries where person in (select person from people)
    )
    select
      (select count(*) from runs where state <> 'closed' and not parked)
        + (select count(*) from inbox where state = 'new' and person in (select person from people))
        + (select count(*) from notices where state = 'due' and person in (select person from people)) as open,
      (select count(*) from runs where state = 'closed' and outcome = 'completed') as completed,
      (select count(*) from runs where state = 'closed' and outcome = 'exited') as exited,
      (select count(*) from runs where parked) as parked,
      (select count(*) from runs where state = 'closed' and outcome not in ('completed', 'exited')) as failed
  `.execute(store.db);
  const row = rows[0]!;
  return {
    open: Number(row.open),
    completed: Number(row.completed),
    exited: Number(row.exited),
    parked: Number(row.parked),
    failed: Number(row.failed),
  };
}

/** Resolves when nothing of the sample is open any more. */
export async function untilSampleEnds(
  store: Store,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<SampleOutcome | null> {
  while (!signal.aborted) {
    const outcome = await sampleOutcome(store, addresses);
    if (outcome.open === 0 && outcome.completed + outcome.exited + outcome.parked + outcome.failed > 0) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return null;
}
