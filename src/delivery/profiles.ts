import type { EngageContact, Membership, NameValues } from '../mapp/engage-answers.ts';
import { isMappError } from '../mapp/errors.ts';
import type { Operation, ReadRequest } from '../plan/effect.ts';
import { type Contact, IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import type { Store } from '../store/store.ts';
import { canonicalPerson, identifiersOf } from './canonical-person.ts';
import { type Deferral, deferral } from './deferral.ts';
import type { EngageAccess } from './engage-access.ts';
import { grouped, STATEMENT_GROUP } from './grouped.ts';
import type { Patience } from './pacer.ts';
import { type ReadFromEngage, writeProfile } from './profile-writes.ts';
import { query, type Statement } from './statement.ts';

/** A read stands inside a workflow task, which nothing reaches meanwhile. */
const PATIENCE: Patience = { ms: 2_000, throughBreaker: false };
/** An outage that has lasted for so long no longer keeps people waiting: decisions then see what the store knows. */
const OUTAGE_MS = 15 * 60_000;

/** What a decision is about to look at. */
export interface Wanted {
  readonly entry: string;
  /** of the read: one that has its answer needs nothing; null: no read, but a count */
  readonly key: string | null;
  /** profile attributes, and member attributes as `group id:name` */
  readonly attributes: readonly string[];
  /** the contact's own zone */
  readonly timezone: boolean;
  /** ids */
  readonly groups: readonly string[];
}

/** Identifiers are the store's own. */
const NOT_READ: readonly string[] = ['email', 'mobile', 'external_id', 'timezone'];

export function wantedByRead({ key, entry, contact, groups }: ReadRequest): Wanted {
  const attributes = contact.filter((name) => !NOT_READ.includes(name));
  return { entry, key, attributes, timezone: contact.includes('timezone'), groups };
}

export function wantedByCount(entry: string, { add, group }: Extract<Operation, { type: 'count' }>): Wanted {
  const prefix = group === undefined ? '' : `${group.id}:`;
  const attributes = Object.keys(add).map((name) => prefix + name);
  return { entry, key: null, attributes, timezone: false, groups: [] };
}

export interface ProfilesParts {
  readonly store: Store;
  readonly access: EngageAccess;
  /** ms after which what the store knows of an attribute or group counts as old */
  readonly maxAge: number;
  readonly timezoneAttribute: string | null;
  /** the value that a text of Mapp stands for; undefined: one to leave out */
  readonly typed: (attribute: string, text: string) => Json | undefined;
  readonly log: (message: string) => void;
}

interface Facts {
  readonly person: string;
  readonly contact: Contact;
  readonly answered: boolean;
  readonly timezone: string | null;
  /** ms since the store learned each of them, or asked Engage for it; null: never */
  readonly attributes: { readonly [name: string]: number | null };
  readonly groups: { readonly [id: string]: number | null };
  /** those of them that the store has a word on, whatever its age */
  readonly known: readonly string[];
}

const age = (moment: string) => `(extract(epoch from now() - ${moment}) * 1000)::float8`;

/** What is asked of the store, and by whom. */
interface Question {
  readonly entry: string;
  readonly key: string | null;
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

const FACTS: Statement = {
  name: 'delivery-profile-facts',
  text: `
  with asked as (
    select (row_number() over ())::int - 1 as at, a.*
    from jsonb_to_recordset($1::jsonb) as a(entry uuid, key text, names jsonb, groups jsonb))
  select asked.at, p.id::text as person, ${identifiersOf('p.id', 'e.person')} as contact, p.timezone,
    exists (select from reads r where r.key = asked.key) as answered,
    (select coalesce(jsonb_object_agg(a.name, ${age(`greatest((p.attributes->a.name->>'at')::timestamptz, case when a.name !~ '^[0-9]+:' then p.profile_read_at end)`)}), '{}')
      from jsonb_array_elements_text(asked.names) a(name)) as attributes,
    (select coalesce(jsonb_object_agg(g.id, ${age('greatest(m.at, p.groups_read_at)')}), '{}')
      from jsonb_array_elements_text(asked.groups) g(id)
      left join memberships m on m.person = p.id and m.group_id = g.id) as groups,
    array(select a.name from jsonb_array_elements_text(asked.names) a(name) where p.attributes ? a.name
      union all select m.group_id from memberships m
        where m.person = p.id and m.group_id in (select jsonb_array_elements_text(asked.groups))) as known
  from asked
  join entries e on e.id = asked.entry
  cross join ${canonicalPerson('e.person')}
  join persons p on p.id = canonical.id`,
};

/** One answer per question; null: the store holds no such run. */
async function factsOf(store: Store, questions: readonly Question[]): Promise<(Facts | null)[]> {
  const rows = await query<Facts & { at: number }>(store, FACTS, [JSON.stringify(questions)]);
  const byPlace = new Map(rows.map((row) => [row.at, row]));
  return questions.map((_, at) => byPlace.get(at) ?? null);
}

/**
 * Profiles come from the store; Mapp Engage is asked only for what the store never heard of, or heard longer ago than
 * `maxAge`, by one call per person in flight, and what it answers is kept in the store.
 */
export class Profiles {
  readonly #parts: ProfilesParts;
  /** by person and what is asked for */
  readonly #underWay = new Map<string, Promise<Deferral | null>>();
  readonly #factsOf: (question: Question) => Promise<Facts | null>;

  constructor(parts: ProfilesParts) {
    this.#parts = parts;
    this.#factsOf = grouped((questions: readonly Question[]) => factsOf(parts.store, questions), STATEMENT_GROUP);
  }

  /**
   * Sees to it that the store can answer. A deferral: something was never known, and Engage cannot be asked now. Where it is
   * only old, or Engage has been away for long, the store answers with what it has. Rejects when the store is away.
   */
  async refresh({ entry, key, attributes, timezone, groups }: Wanted): Promise<Deferral | null> {
    const { maxAge, timezoneAttribute } = this.#parts;
    const names =
      timezone && timezoneAttribute !== null ? [...new Set([...attributes, timezoneAttribute])] : attributes;
    if (names.length === 0 && groups.length === 0) return null;
    const facts = await this.#factsOf({ entry, key, names, groups });
    if (facts === null || facts.answered) return null;
    const old = (ages: Facts['groups'], name: string) => (ages[name] ?? Number.POSITIVE_INFINITY) > maxAge;
    const oldNames = names.filter(
      (name) =>
        old(facts.attributes, name) &&
        // a zone that a producer told goes before that of the attribute
        (attributes.includes(name) || facts.timezone === null),
    );
    const oldGroups = groups.filter((id) => old(facts.groups, id));
    if (oldNames.length === 0 && oldGroups.length === 0) return null;
    const unknown = [...oldNames, ...oldGroups].some((name) => !facts.known.includes(name));
    return this.#ask(facts, oldNames, oldGroups, unknown);
  }

  async #ask(
    { person, contact }: Facts,
    names: readonly string[],
    groups: readonly string[],
    unknown: boolean,
  ): Promise<Deferral | null> {
    const { access, log } = this.#parts;
    const memberOf = [...new Set(names.flatMap((name) => /^(\d+):/.exec(name)?.[1] ?? []))];
    const key = `${person} ${groups.length > 0} ${memberOf.join()}`;
    const joined = this.#underWay.get(key);
    const asked =
      joined ??
      this.#fetch(person, contact, { groups: groups.length > 0, memberOf }).finally(() => this.#underWay.delete(key));
    if (joined === undefined) this.#underWay.set(key, asked);
    let failed: Deferral | null;
    try {
      failed = await asked;
    } catch (error) {
      if (!isMappError(error)) throw error;
      // A refusal is about this contact: asking again would bring the same.
      if (error.fate === 'refused') {
        log(`a profile cannot be read, the store answers instead: ${error.message}`);
        return null;
      }
      failed = deferral('engage_unavailable', access.breaker.remaining());
    }
    return failed !== null && unknown && access.downFor < OUTAGE_MS ? failed : null;
  }

  /** Reads the contact and writes down what was read; a deferral: no turn in time. */
  async #fetch(
    person: string,
    contact: Contact,
    wanted: { readonly groups: boolean; readonly memberOf: readonly string[] },
  ): Promise<Deferral | null> {
    const { store, access, typed, maxAge } = this.#parts;
    const found = await this.#find(contact);
    if (found !== null && 'outcome' in found) return found;
    let memberships: readonly Membership[] | null = wanted.groups ? [] : null;
    const member = new Map<string, NameValues>();
    if (found !== null) {
      if (wanted.groups) {
        const read = await access.ask(PATIENCE, (engage) => engage.memberships(found.id));
        if ('outcome' in read) return read;
        memberships = read.answer;
      }
      for (const group of wanted.memberOf) {
        const read = await access.ask(PATIENCE, (engage) => engage.memberAttributes(found.id, group));
        if ('outcome' in read) return read;
        if (read.answer !== null) member.set(group, read.answer);
      }
    }
    const read: ReadFromEngage = { contact: found, memberships, member };
    await writeProfile(store, person, read, { typed, maxAge });
    return null;
  }

  /** By the strongest identifier that finds anybody; null: Mapp knows none of them. */
  async #find(contact: Contact): Promise<EngageContact | Deferral | null> {
    for (const kind of IDENTIFIER_KINDS) {
      const value = contact[kind];
      if (value === undefined) continue;
      const read = await this.#parts.access.ask(PATIENCE, (engage) => engage.contact({ kind, value }));
      if ('outcome' in read) return read;
      if (read.answer !== null) return read.answer;
    }
    return null;
  }
}
