/** Row types of the store for Kysely, one interface per table: those of persons, runs and so on in `tables/`. */
import type { Json } from '../plan/json.ts';
import type { FlowStatus, Plan } from '../plan/plan.ts';
import type { GeneratedTime, Jsonb } from './tables/columns.ts';
import type { DeliveriesTable, ExportsTable, RatesTable, ReadsTable, SyncsTable } from './tables/delivery.ts';
import type { InboxTable, QuarantineTable } from './tables/inbox.ts';
import type {
  ConsentsTable,
  IdentifiersTable,
  IdentityNotesTable,
  MembershipsTable,
  PersonsTable,
} from './tables/people.ts';
import type { ErasedTable, ErasuresTable, KeysTable } from './tables/privacy.ts';
import type { EntriesTable, GoalsTable, NoticesTable, TrailTable } from './tables/runs.ts';

export interface Tables {
  meta: MetaTable;
  plans: PlansTable;
  flows: FlowsTable;
  persons: PersonsTable;
  identifiers: IdentifiersTable;
  memberships: MembershipsTable;
  inbox: InboxTable;
  quarantine: QuarantineTable;
  entries: EntriesTable;
  notices: NoticesTable;
  trail: TrailTable;
  deliveries: DeliveriesTable;
  reads: ReadsTable;
  goals: GoalsTable;
  rates: RatesTable;
  consents: ConsentsTable;
  identity_notes: IdentityNotesTable;
  keys: KeysTable;
  erasures: ErasuresTable;
  erased: ErasedTable;
  syncs: SyncsTable;
  exports: ExportsTable;
}

/**
 * `store`: its own random id · `temporal`: { cluster, namespace } of the server our runs live on · `encrypted`: how far what was
 * there before the key is · `flows_version`: counts publications · `closer`, `heard_changes`, `upkeep`: the router's ·
 * `audience/<source>/<id>`: audiences that producers have connected
 */
interface MetaTable {
  key: string;
  value: Jsonb<Json>;
}

/** Every plan ever published; never changed, never deleted while a run refers to it. */
interface PlansTable {
  hash: string;
  flow: string;
  plan: Jsonb<Plan>;
  published_at: GeneratedTime;
}

/** The published version of each flow. `removed`: its file is gone; nobody enters, people inside finish. */
interface FlowsTable {
  flow: string;
  hash: string;
  status: FlowStatus | 'removed';
  published_at: GeneratedTime;
}
