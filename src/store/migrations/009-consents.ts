import { type Kysely, sql } from 'kysely';

/** Whether messages may go to a person by a channel, and what feedback said of a message after Mapp had taken it: `../tables.ts`. */
const STATEMENTS = [
  `create table consents (
     person uuid not null references persons,
     channel text not null, fact text not null,
     holds boolean not null, address text,
     at timestamptz not null, by text not null,
     primary key (person, channel, fact))`,
  `alter table deliveries add column opened_at timestamptz, add column clicked_at timestamptz, add column failure text`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
