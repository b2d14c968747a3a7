import { sql, type Transaction } from 'kysely';
import type { EngageContact, Membership, NameValues } from '../mapp/engage-answers.ts';
import type { Json } from '../plan/json.ts';
import { tellConsents } from '../store/consents.ts';
import { sealAttributes } from '../store/crypto/seal-values.ts';
import { lookupForm, vaultOf } from '../store/crypto/vault.ts';
import { json, type Store } from '../store/store.ts';
import type { StoredAttribute } from '../store/tables/people.ts';
import type { Tables } from '../store/tables.ts';

/** Source of what was read from Mapp, in attributes and consents. */
const ENGAGE_SOURCE = 'engage';
/** What a write of ours has not done at Mapp yet must not be taken for news, however short `maxAge` is. */
const SETTLING_MS = 15 * 60_000;

export interface ReadFromEngage {
  /** null: Mapp knows no such contact */
  readonly contact: EngageContact | null;
  /** all of them; null: not asked for */
  readonly memberships: readonly Membership[] | null;
  /** member attributes by group id */
  readonly member: ReadonlyMap<string, NameValues>;
}

export interface ProfileRules {
  readonly typed: (attribute: string, text: string) => Json | undefined;
  /** ms */
  readonly maxAge: number;
}

/**
 * Writes down what Engage says of a person: attributes, memberships, an objection to messages, Mapp's id. It wins only over
 * what the store heard longer ago than `maxAge`; what Mapp has no value for stays, as a producer may have told it.
 */
export function writeProfile(store: Store, person: string, read: ReadFromEngage, rules: ProfileRules): Promise<void> {
  return store.db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('persons')
      .select(['attributes', sql<Date>`now()`.as('now')])
      .where('id', '=', person)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) return; // erased meanwhile
    const now = row.now.getTime();
    const cutoff = new Date(now - Math.max(rules.maxAge, SETTLING_MS)).toISOString();
    const at = row.now.toISOString();
    const news = attributesOf(read, rules.typed).flatMap(([name, text, value]): [string, StoredAttribute][] => {
      const known = row.attributes[name];
      if (known !== undefined && known.at > cutoff) return [];
      // The same in another type, as of an attribute that the catalogue does not declare: the text is no news.
      const same = known !== undefined && String(known.value) === text;
      return [[name, { value: same ? known.value : value, at, by: ENGAGE_SOURCE }]];
    });
    const [sealed] = await sealAttributes(vaultOf(trx), [{ person, attributes: Object.fromEntries(news) }]);
    await trx
      .updateTable('persons')
      .set({
        attributes: sql<string>`attributes || ${json(sealed)}::jsonb`,
        profile_read_at: at,
        ...(read.memberships === null ? {} : { groups_read_at: at }),
      })
      .where('id', '=', person)
      .execute();
    if (read.memberships !== null) await writeMemberships(trx, person, read.memberships, { at, cutoff });
    if (read.contact !== null) await learnMappId(trx, person, read.contact);
  });
}

const ADDRESSES = ['email', 'mobile'] as const;

/**
 * Mapp's id of a person, so that they can be told by it; somebody else's stays theirs. Whoever has an id is sent to by it
 * where the address of a channel is missing: it is learned only where Mapp has each address that the store lacks, or a
 * message that has nowhere to go would count as sent; and not where Mapp's contact has another address than the store, one
 * that was replaced, or somebody else's, or the message would go there.
 */
async function learnMappId(trx: Transaction<Tables>, person: string, found: EngageContact): Promise<void> {
  const addresses = ADDRESSES.map((kind) => {
    const address = found[kind];
    return { kind, at: address === null ? null : lookupForm(trx, kind, address) };
  });
  const theirs = addresses.flatMap(({ at }) => (at === null ? [] : [at]));
  const rows = await trx
    .selectFrom('identifiers')
    .select(['kind', 'value', 'person', 'former'])
    // With the kinds, which begin the index that finds addresses.
    .where((eb) =>
      eb.or([eb('person', '=', person), sql<boolean>`(kind = any(${ADDRESSES}) and value = any(${theirs}))`]),
    )
    .execute();
  const has = (kind: string) => rows.some((row) => row.person === person && row.kind === kind && !row.former);
  if (has('mapp_id')) return;
  let same = false;
  for (const { kind, at } of addresses) {
    if (at === null) {
      if (!has(kind)) return;
      continue;
    }
    const owner = rows.find((row) => row.kind === kind && row.value === at);
    const isTheirs = owner?.person === person && !owner.former;
    if (!isTheirs && (has(kind) || owner !== undefined)) return;
    same ||= isTheirs;
  }
  const value = lookupForm(trx, 'mapp_id', found.id);
  const vault = vaultOf(trx);
  const [display = found.id] = (await vault?.seal([{ person, text: found.id }])) ?? [];
  await trx
    .insertInto('identifiers')
    .values({ kind: 'mapp_id', value, display, person })
    .onConflict((conflict) =>
      // former since an address changed: Mapp's contact has the new one by now
      conflict
        .columns(['kind', 'value'])
        .doUpdateSet({ former: false })
        .where('identifiers.person', '=', person)
        .where(sql<boolean>`${same}::boolean`),
    )
    .execute();
}

function attributesOf(
  { contact, member }: ReadFromEngage,
  typed: ProfileRules['typed'],
): readonly (readonly [name: string, text: string, value: Json])[] {
  const own = Object.entries(contact?.attributes ?? {}).map(([name, text]) => [name, name, text] as const);
  const ofGroups = [...member].flatMap(([group, attributes]) =>
    Object.entries(attributes).map(([name, text]) => [`${group}:${name}`, name, text] as const),
  );
  return [...own, ...ofGroups].flatMap(([stored, name, text]) => {
    const value = typed(name, text);
    return value === undefined ? [] : [[stored, text, value] as const];
  });
}

/** The list is whole, so that whoever does not stand in it is no member. */
async function writeMemberships(
  trx: Transaction<Tables>,
  person: string,
  memberships: readonly Membership[],
  { at, cutoff }: { readonly at: string; readonly cutoff: string },
): Promise<void> {
  const groups = memberships.map(({ groupId }) => groupId);
  await sql`
    insert into memberships as m (person, group_id, member, at)
    select ${person}::uuid, id, id = any(${groups}::text[]), ${at}::timestamptz
    from (select unnest(${groups}::text[]) as id union select group_id from memberships where person = ${person}::uuid) g
    on conflict (person, group_id) do update set member = excluded.member, at = excluded.at
      where m.at <= ${cutoff}::timestamptz`.execute(trx);
  if (memberships.some(({ attributes }) => attributes.systemWideDeactivated === 'true'))
    await tellConsents(trx, [{ person, consent: { email: 'unsubscribed' }, at, by: ENGAGE_SOURCE }]);
}
