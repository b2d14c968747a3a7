/**
 * What producers said goes to another contact of Mapp from now on: rows of `syncs` that are due once more. One that is on its
 * way counts as changed, so that whoever sends it, to the contact of before, finds it due.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Tables } from './tables.ts';

/**
 * Persons whom Mapp knows by another contact from now on: what producers said of them goes out again, under the new
 * address. Their rows of `persons` must be locked.
 *
 * @param isNew nobody was known by the address: what was left, or never began, needs no telling to a contact that has nothing yet
 */
export async function resendSyncs(trx: Kysely<Tables>, persons: readonly string[], isNew: boolean): Promise<void> {
  const told = isNew ? TO_BE_TOLD : sql`true`;
  await resend(trx, sql<boolean>`s.person = any(${persons}::uuid[]) and s.address is null and ${told}`);
}

/**
 * Persons who are named by an identifier that they did not have before. What had no address to go to has one now; and where
 * Mapp's contact is another one with it, what was sent goes out again. Their rows of `persons` must be locked.
 */
export async function resendToNamed(
  trx: Kysely<Tables>,
  named: readonly {
    readonly person: string;
    readonly kind: string;
    readonly value: string;
    /** nobody had it before */
    readonly isNew: boolean;
  }[],
): Promise<void> {
  const { rows } = await sql<{ person: string; moved: boolean }>`
    select n.person, bool_or(not exists (
        select from identifiers i where i.person = n.person and not i.former
          and array_position(${[...IDENTIFIER_KINDS]}::text[], i.kind) < array_position(${[...IDENTIFIER_KINDS]}::text[], n.kind))
      or exists (
        select from identifiers i where i.person = n.person and i.kind = n.kind and i.value <> n.value)) as moved
    from unnest(${named.map(({ person }) => person)}::uuid[], ${named.map(({ kind }) => kind)}::text[],
                ${named.map(({ value }) => value)}::text[]) as n (person, kind, value)
    where exists (select from syncs s where s.person = n.person)
    group by n.person`.execute(trx);
  if (rows.length === 0) return;
  const again = new Set(named.flatMap(({ person, isNew }) => (isNew ? [] : [person])));
  const moved = rows.flatMap((row) => (row.moved ? [row.person] : []));
  for (const isNew of [true, false]) {
    await resendSyncs(
      trx,
      moved.filter((person) => again.has(person) !== isNew),
      isNew,
    );
  }
  await resendSkipped(
    trx,
    rows.map(({ person }) => person),
  );
}

/** Persons who may have an address now that they had not. Their rows of `persons` must be locked. */
export function resendSkipped(trx: Kysely<Tables>, persons: readonly string[]): Promise<void> {
  return resend(
    trx,
    sql<boolean>`s.person = any(${persons}::uuid[]) and (s.state = 'skipped' or (s.state = 'due' and ${TO_BE_TOLD}))`,
  );
}

const TO_BE_TOLD = sql`not (s.target like 'group/%' and s.value = 'false') and not (s.job like 'export/%' and s.value = '"false"')`;

/** In the order in which everybody locks these rows. */
async function resend(trx: Kysely<Tables>, which: RawBuilder<boolean>): Promise<void> {
  await sql`
    with again as (select s.person, s.target from syncs s where ${which} order by s.person, s.target for update)
    update syncs s set state = 'due', reason = null, tries = 0, version = s.version + 1,
      due_at = case when s.state = 'due' then s.due_at else now() end
    from again where s.person = again.person and s.target = again.target`.execute(trx);
}
