import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { KnownFlow } from './source-adapter.ts';

/** The flows that are published now, by name. */
export async function knownFlows(db: Kysely<Tables>): Promise<readonly KnownFlow[]> {
  return await db
    .selectFrom('flows')
    .innerJoin('plans', 'plans.hash', 'flows.hash')
    .select(['flows.flow', sql<boolean>`plans.plan->'on' @> '[{"event":"manual"}]'`.as('manual')])
    .where('flows.status', '<>', 'removed')
    .orderBy('flows.flow')
    .execute();
}
