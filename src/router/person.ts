import { sql, type Transaction } from 'kysely';
import type { Json } from '../plan/json.ts';
import type { Attributes } from '../store/crypto/seal-values.ts';
import type { Tables } from '../store/tables.ts';
import { type Lease, LeaseLost } from './claim.ts';

/** A run of the person that is not closed, as far as deciding looks at it. */
export interface OpenRun {
  readonly id: string;
  /** who is decided for, whoever the run was started for: notices go by them */
  readonly person: string;
  readonly flow: string;
  readonly key: string;
  readonly workflow_id: string;
  readonly hash: string;
  readonly state: 'starting' | 'open' | 'closed';
  readonly listens: readonly string[];
  /** number of the last notice decided for it */
  sent_n: number;
  /** inbox id of the event it started by */
  readonly inbox: string | null;
}

/** The person as one deciding transaction sees and changes it. */
export interface Person {
  readonly id: string;
  /** the database's clock at the beginning of the transaction, whole milliseconds */
  readonly now: Date;
  attributes: Attributes;
  timezone: string | null;
  runs: OpenRun[];
  /** a run of theirs, inside or over, may still reach a goal */
  awaitsGoals: boolean;
  /** their id, and those of persons merged into them: runs and entries stay whose they were */
  readonly knownAs: readonly string[];
  /** read once per transaction, when the first event needs it */
  names?: Promise<Names>;
}

/** identifiers by kind, as first given; memberships by group id */
interface Names {
  readonly identifiers: { readonly [kind: string]: string };
  readonly groups: { readonly [id: string]: boolean };
}

/**
 * Locks the person for this transaction; nobody decides anything for their runs meanwhile.
 * @throws LeaseLost
 */
export async function lockPerson(trx: Transaction<Tables>, lease: Lease): Promise<Person> {
  const row = await trx
    .selectFrom('persons')
    .select(['id', 'attributes', 'timezone', sql<Date>`date_trunc('milliseconds', now())`.as('now')])
    .select(
      sql<boolean>`exists (select from goals g where g.person = persons.id and g.counted_at is null)`.as('awaitsGoals'),
    )
    .select(
      sql<string[]>`array(select persons.id union all select m.id from persons m where m.merged_into = persons.id)`.as(
        'knownAs',
      ),
    )
    .where('id', '=', lease.person)
    .where('owner', '=', lease.owner)
    .where('lease_until', '>', sql<Date>`now()`)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new LeaseLost(lease);
  const runs = await trx
    .selectFrom('entries')
    .select(['id', 'person', 'flow', 'key', 'workflow_id', 'hash', 'state', 'listens', 'sent_n', 'inbox'])
    .where('person', 'in', row.knownAs)
    .where('state', '<>', 'closed')
    .orderBy('entered_at')
    .orderBy('workflow_id')
    .execute();
  return {
    ...row,
    timezone: row.timezone ?? null,
    runs: runs.map((run) => ({ ...run, person: row.id, inbox: run.inbox ?? null })),
  };
}

/** What expressions see of a person: `contact` and, by id, the groups. */
export interface ContactFacts {
  readonly contact: { readonly [name: string]: Json };
  readonly groups: { readonly [id: string]: boolean };
}

/** Identifiers and zone stand over attributes of the same name. */
export async function readContact(trx: Transaction<Tables>, person: Person): Promise<ContactFacts> {
  person.names ??= readNames(trx, person.id);
  const { identifiers, groups } = await person.names;
  const attributes = Object.entries(person.attributes).map(([name, { value }]) => [name, value]);
  return { contact: { ...Object.fromEntries(attributes), ...identifiers, timezone: person.timezone }, groups };
}

/** Of several identifiers of a kind the one that came last, the one that is written to (`delivery/canonical-person.ts`). */
async function readNames(trx: Transaction<Tables>, person: string): Promise<Names> {
  const identifiers = await trx
    .selectFrom('identifiers')
    .select(['kind', 'display'])
    .where('person', '=', person)
    .where('former', '=', false)
    .where('kind', 'not like', 'alias:%')
    .orderBy('since')
    .orderBy('value')
    .execute();
  const memberships = await trx
    .selectFrom('memberships')
    .select(['group_id', 'member'])
    .where('person', '=', person)
    .execute();
  return {
    identifiers: Object.fromEntries(
      identifiers.filter(({ display }) => display.trim() !== '').map(({ kind, display }) => [kind, display]),
    ),
    groups: Object.fromEntries(memberships.map(({ group_id, member }) => [group_id, member])),
  };
}
