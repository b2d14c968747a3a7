import type { Kysely } from 'kysely';
import type { Plan } from '../plan/plan.ts';
import type { Tables } from '../store/tables.ts';

/** A flow as it is published: `status` counts, not the one the plan was compiled with. */
export interface PublishedFlow {
  readonly plan: Plan;
  readonly status: string;
}

/** Plans in the memory of this process: read again when `meta.flows_version` moved. Plans themselves never change. */
export class PublishedFlows {
  private version: string | null = null;
  private flows: readonly PublishedFlow[] = [];
  private readonly plans = new Map<string, Plan>();

  /** Call it under `shareFlows`, so that the answer holds until the transaction ends. */
  async read(db: Kysely<Tables>): Promise<readonly PublishedFlow[]> {
    const row = await db.selectFrom('meta').select('value').where('key', '=', 'flows_version').executeTakeFirst();
    const version = JSON.stringify(row?.value ?? 0);
    if (version === this.version) return this.flows;
    const rows = await db.selectFrom('flows').select(['hash', 'status']).orderBy('flow').execute();
    this.flows = await Promise.all(rows.map(async ({ hash, status }) => ({ plan: await this.plan(db, hash), status })));
    this.version = version;
    return this.flows;
  }

  /** Any plan that was ever published. */
  async plan(db: Kysely<Tables>, hash: string): Promise<Plan> {
    const known = this.plans.get(hash);
    if (known !== undefined) return known;
    const row = await db.selectFrom('plans').select('plan').where('hash', '=', hash).executeTakeFirst();
    if (row === undefined) throw new Error(`no plan with hash ${hash} was ever published to this store`);
    this.plans.set(hash, row.plan);
    return row.plan;
  }
}
