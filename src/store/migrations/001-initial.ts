import { type Kysely, sql } from 'kysely';

/** Tables are described, field by field, in `../tables.ts`. */
const STATEMENTS = [
  `create table meta (key text primary key, value jsonb not null)`,

  `create table plans (hash text primary key, flow text not null, plan jsonb not null, published_at timestamptz not null default now())`,
  `create table flows (flow text primary key, hash text not null references plans, status text not null, published_at timestamptz not null default now())`,

  `create table persons (
     id uuid primary key,
     merged_into uuid references persons,
     attributes jsonb not null default '{}',
     timezone text,
     ready_at timestamptz,
     wake bigint not null default 0,
     owner text,
     lease_until timestamptz,
     created_at timestamptz not null default now())`,
  `create index persons_ready on persons (ready_at) where ready_at is not null`,
  `create table identifiers (
     kind text not null, value text not null, display text not null,
     person uuid not null references persons,
     primary key (kind, value))`,
  `create index identifiers_person on identifiers (person)`,
  `create table memberships (
     person uuid not null references persons, group_id text not null,
     member boolean not null, at timestamptz not null,
     primary key (person, group_id))`,

  `create table inbox (
     id bigserial primary key,
     source text not null, dedupe_key text not null,
     person uuid not null references persons,
     name text not null, event jsonb not null,
     occurred_at timestamptz not null, received_at timestamptz not null,
     state text not null default 'new', decided_at timestamptz, decisions jsonb,
     unique (source, dedupe_key))`,
  `create index inbox_new on inbox (person, id) where state = 'new'`,
  `create index inbox_person on inbox (person, name, occurred_at)`,
  `create table quarantine (
     id bigserial primary key, source text not null, received_at timestamptz not null default now(),
     reason text not null, body text not null)`,

  `create table entries (
     id uuid primary key,
     flow text not null, person uuid not null references persons, key text not null,
     ordinal integer not null, workflow_id text not null unique,
     hash text not null references plans, mode text not null,
     state text not null default 'starting', outcome text, reason text,
     sent_n integer not null default 0, listens text[] not null,
     event jsonb not null, inbox bigint references inbox,
     entered_at timestamptz not null, closed_at timestamptz,
     finishing boolean not null default false,
     position jsonb, position_seq bigint not null default -1,
     unique (flow, person, key, ordinal))`,
  `create unique index entries_once on entries (flow, person, key) where mode = 'once'`,
  `create unique index entries_inside on entries (flow, person, key) where state <> 'closed' and mode <> 'always'`,
  `create index entries_open on entries (person) where state <> 'closed'`,
  `create index entries_flow on entries (flow) where state <> 'closed'`,
  `create index entries_finishing on entries (id) where finishing and state <> 'closed'`,
  `create table notices (
     entry uuid not null references entries, n integer not null,
     person uuid not null references persons,
     kind text not null, body jsonb not null,
     state text not null default 'due', reason text, inbox bigint,
     created_at timestamptz not null default now(), done_at timestamptz,
     primary key (entry, n))`,
  `create index notices_due on notices (person) where state = 'due'`,
  `create table trail (
     entry uuid not null references entries, seq integer not null,
     id bigserial not null, line jsonb not null,
     primary key (entry, seq))`,
  `create index trail_id on trail (id)`,

  `create table deliveries (
     key text primary key,
     entry uuid not null references entries, person uuid not null references persons,
     flow text not null, step text not null, visit integer not null, generation integer not null,
     kind text not null, target text not null, operation jsonb not null,
     address text, state text not null, reason text, resolution text,
     owner text, lease_until timestamptz,
     created_at timestamptz not null default now(), at timestamptz not null default now())`,
  `create index deliveries_entry on deliveries (entry)`,
  `create index deliveries_state on deliveries (state, at)`,
  `create index deliveries_target on deliveries (target, at)`,
  `create table reads (key text primary key, entry uuid not null references entries, answer jsonb not null, at timestamptz not null default now())`,
  `create index reads_entry on reads (entry)`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
