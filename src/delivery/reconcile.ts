import type { EngageIdentifier } from '../mapp/engage.ts';
import { isMappError } from '../mapp/errors.ts';
import { deliveryKeyOf } from '../plan/delivery-key.ts';
import type { Effect, Operation } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import { LOOKS_MS, MOST_SENDS, messageOf } from '../plan/reconciling.ts';
import type { Store } from '../store/store.ts';
import { canonicalPerson, identifiersOf } from './canonical-person.ts';
import { type Attempted, deferral } from './deferral.ts';
import type { EngageAccess } from './engage-access.ts';
import type { Ledger, Undecided } from './ledger.ts';
import type { Patience } from './pacer.ts';
import { query, type Statement } from './statement.ts';

/** Engage could not be asked for so long: somebody has to decide. */
const GIVE_UP_MS = 24 * 3_600_000;
/** Mapp's clock may differ from ours. */
const SKEW_MS = 60_000;
/** Sends of the same message so shortly before may stand in the history for this one. */
const NEIGHBORS_MS = 900_000;
const DAY_MS = 86_400_000;
const PATIENCE: Patience = { ms: 5_000, throughBreaker: false };

interface Facts {
  readonly address: string | null;
  /** when it was claimed, and now: ms since the epoch, by the store's clock */
  readonly claimed: number;
  readonly now: number;
  readonly contact: Contact;
  /** other sends of the same message to the same person at that time: taken, and of unknown fate */
  readonly accepted: number;
  readonly open: number;
}

const FACTS: Statement = {
  name: 'delivery-reconcile',
  text: `
  select d.address, (extract(epoch from d.created_at) * 1000)::float8 as claimed,
    (extract(epoch from now()) * 1000)::float8 as now, ${identifiersOf('canonical.id', 'd.person')} as contact,
    others.accepted, others.open
  from deliveries d
  cross join ${canonicalPerson('d.person')}
  cross join lateral (
    select count(*) filter (where o.state = 'accepted')::int as accepted,
      count(*) filter (where o.state <> 'accepted')::int as open
    from deliveries o
    where o.person in (select p.id from persons p where p.id = canonical.id or p.merged_into = canonical.id)
      and o.key <> d.key and o.created_at > d.created_at - $3::float8 * interval '1 ms'
      and coalesce(o.operation->'message'->>'id', o.operation->'fields'->>'messageId') = $2
      and (o.state in ('accepted', 'sending') or o.state = 'unknown' and o.resolution is null)) others
  where d.key = $1`,
};

export interface ReconcileParts {
  readonly store: Store;
  /** null: without Engage there is nothing to look in */
  readonly access: EngageAccess | null;
  readonly ledger: Pick<Ledger, 'decide' | 'found'>;
}

/**
 * `on_unknown: reconcile`: looks for a message of unknown fate in its contact's history at Mapp. It is found: accepted. It
 * is missing when it should long be there: sent again, as a new generation. Not yet: a deferral until the next look, which
 * Temporal repeats, whichever worker is left. Who cannot tell answers as it stands, and the run parks.
 */
export function reconciler({ store, access, ledger }: ReconcileParts) {
  return async (effect: Effect, answer: Undecided): Promise<Attempted> => {
    const park = (why: string): Attempted => ({ ...answer, reason: `${answer.reason}; on_unknown: reconcile ${why}` });
    if (access === null) return park('needs Mapp Engage, which this worker does not have');
    const messageId = messageOf(effect.operation);
    if (messageId === null) return park('finds e-mails and SMS only');
    const [facts] = await query<Facts>(store, FACTS, [effect.key, messageId, NEIGHBORS_MS]);
    if (facts === undefined) return answer;
    const age = facts.now - facts.claimed;
    const next = LOOKS_MS.find((look) => look > age);
    if (age < LOOKS_MS[0]) return deferral('reconciling', LOOKS_MS[0] - age);
    const name = nameOf(effect.operation, facts);
    if (name === null) return park('finds no address of the contact');
    let sent: Found | Attempted;
    try {
      sent = await findSent(access, name, { key: effect.key, messageId, ...facts });
    } catch (error) {
      if (!isMappError(error)) throw error;
      if (error.fate === 'refused') return park(`failed: ${error.message}`);
      if (age > GIVE_UP_MS) return park(`gave up: ${error.message}`);
      return deferral('engage_unavailable', access.breaker.remaining());
    }
    if ('outcome' in sent) return age > GIVE_UP_MS ? park('gave up: Mapp Engage could not be asked') : sent;
    const verdict = verdictOn(sent, facts);
    if (verdict === 'taken') return ledger.found(effect, answer);
    if (next !== undefined) return deferral('reconciling', next - age);
    if (verdict === 'unclear') {
      return park(
        `found the message ${sent.unnamed} times, and cannot tell whose sends these are: it was sent more than once`,
      );
    }
    if (effect.generation >= MOST_SENDS) return park(`did not find it, and it was sent ${MOST_SENDS} times already`);
    return ledger.decide(effect, answer, 'resend');
  };
}

/** Rows of the history with the message, from the claim on. */
interface Found {
  /** one bears the key of this send */
  readonly own: boolean;
  /** those that bear the key of another */
  readonly others: number;
  /** those without a key of ours, as where `mapp.key_field` lets it travel in another field */
  readonly unnamed: number;
}

/**
 * What the history says of one send: its key tells for certain. Without keys they are counted, and sends beside it may be the
 * ones that are found, or be missing still: then nobody can tell.
 */
export function verdictOn(
  { own, others, unnamed }: Found,
  { accepted, open }: { readonly accepted: number; readonly open: number },
): 'taken' | 'not_taken' | 'unclear' {
  const unseen = Math.max(0, accepted - others);
  if (own || unnamed > unseen + open) return 'taken';
  return unnamed === 0 && unseen === 0 ? 'not_taken' : 'unclear';
}

/** Who does not exist at Mapp was sent nothing. */
async function findSent(
  access: EngageAccess,
  name: EngageIdentifier,
  { key, messageId, claimed, now }: Facts & { readonly key: string; readonly messageId: string },
): Promise<Found | Attempted> {
  const found = await access.ask(PATIENCE, (engage) => engage.contact(name));
  if ('outcome' in found) return found;
  if (found.answer === null) return { own: false, others: 0, unnamed: 0 };
  const { id } = found.answer;
  // Whole days on both sides, as the dates may be read without their time, or in another zone; the rows tell exactly.
  const until = Math.min(now, claimed + DAY_MS);
  const history = await access.ask(PATIENCE, (engage) => engage.messageHistory(id, claimed - DAY_MS, until + DAY_MS));
  if ('outcome' in history) return history;
  const rows = history.answer.filter((row) => row.messageId === messageId && row.sentAt >= claimed - SKEW_MS);
  const keys = rows.map(({ transactionId }) => (transactionId === null ? null : deliveryKeyOf(transactionId)));
  const own = keys.includes(key);
  const unnamed = keys.filter((one) => one === null).length;
  return { own, unnamed, others: keys.length - unnamed - (own ? 1 : 0) };
}

/** What named the contact to Mapp when it was claimed, which may have changed since. */
function nameOf(operation: Operation, { address, contact }: Facts): EngageIdentifier | null {
  if (address === null) return null;
  const kinds = ['mapp_id', 'email', 'mobile'] as const;
  const kind = kinds.find((one) => contact[one] === address);
  if (kind !== undefined) return { kind, value: address };
  if (address.includes('@')) return { kind: 'email', value: address };
  return { kind: operation.type === 'send' && operation.channel === 'sms' ? 'mobile' : 'mapp_id', value: address };
}
