import { sql, type Transaction } from 'kysely';
import type { Effect } from '../plan/effect.ts';
import { json, type Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { canonicalPerson } from './canonical-person.ts';
import { type Claim, claimIn } from './claim.ts';
import { queryIn } from './statement.ts';

/** Space of advisory locks for persons whose messages are counted. */
const CAPS_LOCK = 7_041_962;

/** Whether anything has to be counted before the effect may go out. */
export function isCapped({ limits }: Effect): boolean {
  return limits?.caps !== undefined;
}

/**
 * Claims messages that caps hold for. Persons are locked in order, so that two workers that send to one person count one
 * after the other; of several messages to one person each is claimed before the next is counted.
 */
export function claimCapped(store: Store, owner: string, effects: readonly Effect[]): Promise<Claim[]> {
  return store.db.transaction().execute(async (trx) => {
    const persons = await lockPersons(trx, effects);
    const claims = new Map<string, Claim>();
    for (const round of rounds(effects, persons)) {
      const over = await overCap(trx, round, persons);
      const claimed = await claimIn(trx, (statement, values) => queryIn(trx, statement, values), owner, round, over);
      for (const [at, { key }] of round.entries()) claims.set(key, claimed[at]!);
    }
    return effects.map(({ key }) => claims.get(key)!);
  });
}

/** The person of each entry who remains after merges. An entry that the store does not know is missing. */
async function lockPersons(trx: Transaction<Tables>, effects: readonly Effect[]): Promise<Map<string, string>> {
  const entries = [...new Set(effects.map(({ entry }) => entry))];
  const { rows } = await sql<{ entry: string; person: string }>`
    select e.id as entry, canonical.id as person
    from entries e cross join ${sql.raw(canonicalPerson('e.person'))}
    where e.id = any(${entries}::uuid[])`.execute(trx);
  const sorted = [...new Set(rows.map(({ person }) => person))].sort();
  for (const person of sorted) {
    await sql`select pg_advisory_xact_lock(hashtextextended(${person}::text, ${CAPS_LOCK}::bigint))`.execute(trx);
  }
  return new Map(rows.map(({ entry, person }) => [entry, person]));
}

/** At most one message to each person at a time. */
function rounds(effects: readonly Effect[], persons: ReadonlyMap<string, string>): Effect[][] {
  const made: Effect[][] = [];
  const before = new Map<string, number>();
  for (const effect of effects) {
    const person = persons.get(effect.entry) ?? effect.entry;
    const at = before.get(person) ?? 0;
    before.set(person, at + 1);
    made[at] = [...(made[at] ?? []), effect];
  }
  return made;
}

/**
 * Keys of the messages that would be one too many. What counts: messages to the person that Mapp has taken, may have
 * taken, or is being sent, transactional ones and those of the very step aside.
 */
async function overCap(
  trx: Transaction<Tables>,
  effects: readonly Effect[],
  persons: ReadonlyMap<string, string>,
): Promise<string[]> {
  const asked = effects.flatMap(({ key, entry, step, visit, limits }) =>
    (limits?.caps ?? []).map(({ messages, per, channel, of }) => ({
      ...{ key, entry, step, visit, messages, channel: channel ?? null, own: of === 'flow', ...per },
      ...{ person: persons.get(entry) ?? null, speed: limits?.speed ?? 1 },
    })),
  );
  const { rows } = await sql<{ key: string }>`
    select distinct a.key
    from jsonb_to_recordset(${json(asked)}::jsonb) as a(key text, entry uuid, step text, visit int, messages int,
      channel text, own boolean, months int, days int, ms float8, person uuid, speed float8)
    join entries e on e.id = a.entry
    where a.messages <= (
      select count(*) from deliveries d
      where d.person in (select id from persons where id = a.person or merged_into = a.person)
        and d.state in ('sending', 'accepted', 'unknown')
        and d.operation->>'type' = 'send' and d.operation->>'priority' <> 'transactional'
        and (a.channel is null or d.operation->>'channel' = a.channel)
        and (not a.own or d.flow = e.flow)
        and (d.entry, d.step, d.visit) is distinct from (a.entry, a.step, a.visit)
        and d.created_at > now() - make_interval(months => a.months, days => a.days, secs => a.ms / 1000) / a.speed)
    `.execute(trx);
  return rows.map(({ key }) => key);
}
