/** Ledger and journal of the sandbox side by side. */
import { sql } from 'kysely';
import { resolveStep, stuckSteps } from '../../src/operate/resolve.ts';
import { deliveryKeyOf, KEY_FIELD } from '../../src/plan/delivery-key.ts';
import type { Store } from '../../src/store/store.ts';

/** One send of a run: a step at a visit, in all its generations. */
export interface Send {
  readonly step: string;
  /** rows of the ledger, oldest generation first */
  readonly rows: readonly { readonly key: string; readonly state: string; readonly resolution: string | null }[];
  /** how often Mapp took it, all generations together */
  readonly taken: number;
}

/** How often the sandbox took each key; sends without a key are an error. */
export async function takenByKey(sandbox: string): Promise<Map<string, number>> {
  const answer = await fetch(new URL('/journal', sandbox));
  const entries = (await answer.json()) as { accepted: boolean; body: { [field: string]: string } }[];
  const taken = new Map<string, number>();
  for (const { accepted, body } of entries) {
    if (!accepted) continue;
    const key = deliveryKeyOf(body[KEY_FIELD] ?? '');
    if (key === null) throw new Error(`a send without a key: ${JSON.stringify(body)}`);
    taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  return taken;
}

/** Every send that the ledger or the journal knows. */
export async function books(store: Store, sandbox: string): Promise<Send[]> {
  const taken = await takenByKey(sandbox);
  const rows = await store.db
    .selectFrom('deliveries')
    .select(['key', 'step', 'state', 'resolution'])
    .orderBy('generation')
    .execute();
  const sends = new Map<string, { step: string; rows: Send['rows'][number][]; taken: number }>();
  for (const { key, step, state, resolution } of rows) {
    const visit = key.replace(/\/\d+$/, '');
    const send = sends.get(visit) ?? { step, rows: [], taken: 0 };
    send.rows.push({ key, state, resolution: resolution ?? null });
    send.taken += taken.get(key) ?? 0;
    taken.delete(key);
    sends.set(visit, send);
  }
  if (taken.size > 0) throw new Error(`Mapp took what the ledger does not know: ${[...taken.keys()].join(', ')}`);
  return [...sends.values()];
}

/**
 * What is wrong with a send: every send that was taken more often than somebody decided, or accepted without having been
 * taken. Null: the books agree.
 */
export function disagreement({ step, rows, taken }: Send): string | null {
  const decided = rows.filter(({ resolution }) => resolution === 'resend').length;
  const told = `${step}: taken ${taken} times; ${rows.map(({ key, state, resolution }) => `${key} ${state} ${resolution ?? ''}`).join(', ')}`;
  if (taken > 1 + decided) return told;
  const last = rows.at(-1)!;
  if (last.state === 'accepted' && last.resolution !== 'sent' && taken === 0) return told;
  if (last.state === 'sending' || (last.state === 'unknown' && last.resolution === null)) return `undecided ${told}`;
  return null;
}

/**
 * Decides what waits for an operator at `step` (any, where null), as one would who can look into Mapp: what it took is `sent`, anything else
 * `resend`. Answers how often.
 */
export async function decideByJournal(
  store: Store,
  sandbox: string,
  step: string | null = null,
): Promise<{ readonly sent: number; readonly resend: number }> {
  const decided = { sent: 0, resend: 0 };
  const stuck = await stuckSteps(store, async () => null, { state: 'unknown', ...(step !== null && { step }) });
  for (const one of stuck) {
    const as = one.key !== null && (await takenByKey(sandbox)).has(one.key) ? 'sent' : 'resend';
    if ((await resolveStep(store, one, as)) === null) decided[as] += 1;
  }
  return decided;
}

/** The leases of a process that is known to be dead end now, instead of 30 s after its claims. */
export async function endLeases(store: Store, pid: number): Promise<void> {
  await sql`update deliveries set lease_until = to_timestamp(0)
    where state = 'sending' and owner like ${`%/${pid}/%`}`.execute(store.db);
}
