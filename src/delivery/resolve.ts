import type { Transaction } from 'kysely';
import type { Operation } from '../plan/effect.ts';
import type { Tables } from '../store/tables.ts';
import { isRepeatable } from './nature.ts';
import { OWN_WRITES } from './own-writes.ts';
import { expireIn } from './settle.ts';
import { queryIn, type Statement } from './statement.ts';

/** An operator's word on an effect: Mapp took it; send it again; do without it. */
export type ResolveAs = 'sent' | 'resend' | 'skip';

export type Resolution =
  /** decide the run's notice (`kind: 'resolve'`) in the same transaction */
  | { readonly resolved: true; readonly entry: string; readonly step: string }
  /** nothing was changed: null = there is no such effect; else what stands, and what was decided of it before */
  | { readonly resolved: false; readonly found: Tables['deliveries']['state'] | null; readonly decided: string | null };

/**
 * `unknown` or `rejected` → `accepted`, → `skipped`, or marked for a new row of the next generation, which the run then claims
 * itself. One compare-and-set: refused once it is accepted, or decided otherwise. `resend` may be said again: a run that was
 * reset parks again at the old generation.
 */
const RESOLVE: Statement = {
  name: 'delivery-resolve',
  text: `
  with settled as (
    update deliveries d set
      state = case $2 when 'sent' then 'accepted' when 'skip' then 'skipped' else d.state end,
      reason = case $2 when 'resend' then d.reason else 'operator' end,
      resolution = $2, at = now()
    where d.key = $1 and d.state in ('unknown', 'rejected')
      and (d.resolution is null or (d.resolution = 'resend' and $2 = 'resend'))
    returning d.key, d.entry, d.flow, d.step, d.state, d.person, d.operation, d.created_at),
  won as (
    select key, entry, flow, person, operation, created_at as written_at, false as latest from settled where state = 'accepted'),
  ${OWN_WRITES}
  select entry, step from settled`,
};

/** For `flows resolve`. A send whose worker is gone for longer than its lease counts as unknown, as reports show it. */
export async function resolve(trx: Transaction<Tables>, key: string, as: ResolveAs): Promise<Resolution> {
  const before = await trx
    .selectFrom('deliveries')
    .select(['state', 'operation', 'resolution'])
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
  if (before === undefined) return { resolved: false, found: null, decided: null };
  if (before.state === 'sending' && !isRepeatable(before.operation as unknown as Operation)) await expireIn(trx, key);
  const [row] = await queryIn<{ entry: string; step: string }>(trx, RESOLVE, [key, as]);
  if (row !== undefined) return { resolved: true, ...row };
  return { resolved: false, found: before.state, decided: before.resolution ?? null };
}
