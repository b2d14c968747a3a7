/** What producers say of the groups a contact is in. */
import { type Kysely, sql } from 'kysely';
import { json } from './store.ts';
import type { Tables } from './tables.ts';

export interface MembershipTold {
  readonly person: string;
  /** id of the group */
  readonly group: string;
  readonly member: boolean;
  /** when it became so, ISO 8601 UTC */
  readonly at: string;
}

/** Writes it down; the last word by `at` stands, of two with the same moment the one that comes later. */
export async function tellMemberships(trx: Kysely<Tables>, told: readonly MembershipTold[]): Promise<void> {
  if (told.length === 0) return;
  const rows = told.map((one, n) => ({ ...one, n }));
  await sql`
    insert into memberships as m (person, group_id, member, at)
    select distinct on (1, 2) coalesce(p.merged_into, p.id), told."group", told.member, told.at
    from jsonb_to_recordset(${json(rows)}::jsonb) as told (n integer, person uuid, "group" text, member boolean, at timestamptz)
    join persons p on p.id = told.person
    order by 1, 2, told.at desc, n desc
    on conflict (person, group_id) do update set member = excluded.member, at = excluded.at where m.at <= excluded.at`.execute(
    trx,
  );
}
