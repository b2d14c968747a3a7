import { sql } from 'kysely';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import { declaredValue } from '../ingest/declared.ts';
import { EngageClient, type EngageSettings } from '../mapp/engage.ts';
import { usedNames } from '../operate/used-names.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import type { Store } from '../store/store.ts';
import { SetupError } from '../system/setup-error.ts';
import { countingEngage, type WorkerMetrics } from './worker-metrics.ts';

/** What the store knows of a contact counts as old after that, unless `mapp.max_age` says otherwise. */
const MAX_AGE_MS = 24 * 3_600_000;

export interface StartedEngage {
  readonly options: NonNullable<DeliveryOptions['engage']>;
  close(): Promise<void>;
}

/** Mapp Engage as a worker's ledger uses it. */
export function startEngage(settings: EngageSettings, project: Project, metrics: WorkerMetrics): StartedEngage {
  const client = new EngageClient(settings);
  const { attributes, timezone_attribute } = project;
  return {
    options: {
      client: countingEngage(client, metrics),
      maxAge: project.mapp?.max_age ?? MAX_AGE_MS,
      // Of what the catalogue does not list nothing is kept.
      typed: (name, text) => {
        if (attributes === null) return text;
        if (Object.hasOwn(attributes, name)) return declaredValue(attributes[name]!, text);
        return name === timezone_attribute ? text : undefined;
      },
    },
    close: () => client.close(),
  };
}

/** Throws a SetupError where a flow sends through Engage: one that is published, or a version that people are inside. */
export async function requireNoEngage(store: Store): Promise<void> {
  const { rows } = await sql<{ plan: Plan }>`
    select plan from plans p where exists (select from flows f where f.hash = p.hash and f.status <> 'removed')
      or exists (select from entries e where e.flow = p.flow and e.hash = p.hash and e.state <> 'closed')`.execute(
    store.db,
  );
  refuseEngage(rows.map(({ plan }) => plan));
}

/** Throws a SetupError that names the plans' messages with `via: engage`, for whoever has no access to Engage. */
export function refuseEngage(plans: readonly Plan[]): void {
  const used = usedNames(plans).filter(({ via }) => via === 'engage');
  if (used.length === 0) return;
  const messages = used.map(({ name, flows }) => `"${name}" (in ${flows.join(', ')})`).join(', ');
  throw new SetupError(
    `MAPP_ENGAGE_URL, MAPP_ENGAGE_USER and MAPP_ENGAGE_PASSWORD are not set, and mapp.yaml says "via: engage" of ${messages}: set them`,
  );
}
