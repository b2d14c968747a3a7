import type { Transaction } from 'kysely';
import type { Effect, Handover } from '../plan/effect.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { sealOperations } from '../store/crypto/seal-operation.ts';
import { sealSentences } from '../store/crypto/seal-sentences.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { ENGINE_SOURCE, lockPersons, writeInbox } from '../store/inbox.ts';
import { json, type Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { canonicalPerson } from './canonical-person.ts';
import { type Attempted, deferral } from './deferral.ts';
import { answerOf } from './look.ts';
import { queryIn, type Statement } from './statement.ts';

/** A run the store does not know comes back only by an operator's hand. */
const UNKNOWN_ENTRY_MS = 60_000;

/**
 * Writes an event for the contact that it names into the inbox, within the transaction. Answers what is wrong with the
 * contact, or null.
 */
export type AcceptEvent = (trx: Transaction<Tables>, event: CanonicalEvent) => Promise<string | null>;

type Answer =
  | { readonly outcome: 'accepted' }
  /** `resolution`: what the step's settings say in an operator's place */
  | { readonly outcome: 'rejected'; readonly reason: string; readonly resolution?: 'resend' | 'skip' };

interface Facts {
  readonly person: string;
  readonly canonical: string;
  readonly flow: string;
  readonly sent_n: number;
  /** null: this effect has no row */
  readonly state: Tables['deliveries']['state'] | null;
  readonly reason: string | null;
  readonly resolution: string | null;
  readonly now: Date;
}

const FACTS: Statement = {
  name: 'delivery-handover',
  text: `
  select e.person::text, canonical.id::text as canonical, e.flow, e.sent_n, d.state, d.reason, d.resolution, now() as now
  from entries e
  cross join ${canonicalPerson('e.person')}
  left join deliveries d on d.key = $2
  where e.id = $1::uuid`,
};

/**
 * What `emit` and `start_flow` do: a row of the inbox whose id is the effect's key, and a row of the ledger, in one
 * transaction. There is no call that could be lost, so it is never `sending`. The barrier holds here as in a claim.
 *
 * @throws whatever the store throws; nothing was written then
 */
export function handOver(store: Store, effect: Effect<Handover>, accept: AcceptEvent): Promise<Attempted> {
  return store.db.transaction().execute(async (trx): Promise<Attempted> => {
    const [facts] = await queryIn<Facts>(trx, FACTS, [effect.entry, effect.key]);
    if (facts === undefined) return deferral('unknown_entry', UNKNOWN_ENTRY_MS);
    const { state, reason, resolution } = facts;
    const settled = state === null ? null : answerOf({ state, reason, resolution, answer: null });
    if (settled !== null) return settled;
    if (facts.sent_n > effect.n) return { outcome: 'look', n: facts.sent_n };
    const event = eventOf(effect, facts);
    let problem: string | null = null;
    if (effect.operation.contact === null) {
      await lockPersons(trx, [facts.canonical]);
      await writeInbox(trx, [{ person: facts.canonical, event }]);
    } else problem = await accept(trx, event);
    const decided = effect.decides?.rejected;
    const answer: Answer =
      problem === null
        ? { outcome: 'accepted' }
        : { outcome: 'rejected', reason: problem, ...(decided && { resolution: decided }) };
    await record(trx, effect, facts, answer);
    return answer;
  });
}

function eventOf({ key, entry, operation }: Effect<Handover>, { flow, now }: Facts): CanonicalEvent {
  const at = now.toISOString();
  return {
    name: operation.event,
    id: key,
    dedupeKey: key,
    time: at,
    received: at,
    source: ENGINE_SOURCE,
    data: operation.data,
    contact: operation.contact ?? {},
    origin: { flow, entry, ...(operation.contact !== null && { elsewhere: true }) },
    ...(operation.flow !== null && { flow: operation.flow }),
  };
}

async function record(
  trx: Transaction<Tables>,
  { key, entry, step, visit, generation, kind, operation }: Effect<Handover>,
  { person, canonical, flow }: Facts,
  answer: Answer,
): Promise<void> {
  const [sealed] = await sealOperations(trx, [{ person: canonical, operation }]);
  const [reason] = await sealSentences(vaultOf(trx), [
    { person: canonical, text: 'reason' in answer ? answer.reason : null },
  ]);
  await trx
    .insertInto('deliveries')
    .values({
      key,
      entry,
      person,
      flow,
      step,
      visit,
      generation,
      kind,
      target: operation.flow ?? operation.event,
      operation: json(sealed),
      state: answer.outcome,
      reason,
      resolution: 'resolution' in answer ? answer.resolution : null,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}
