import { type Kysely, sql } from 'kysely';

/**
 * Everything of one person is found without a walk through tables of millions: `flows why`, `flows runs` of a contact,
 * erasures, and the checks of foreign keys when rows of persons and inbox go.
 */
const STATEMENTS = [
  'create index entries_person on entries (person)',
  'create index entries_inbox on entries (inbox) where inbox is not null',
  'create index notices_person on notices (person)',
  'create index goals_person on goals (person)',
  'create index goals_inbox on goals (inbox) where inbox is not null',
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
