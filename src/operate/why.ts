import { sql } from 'kysely';
import type { EventNote } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import { idForms } from '../store/crypto/seal-ids.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from '../store/tables/inbox.ts';
import { type ContactEvent, type EventRow, eventOf } from './contact-events.ts';
import { type Published, whatWasFalse } from './why-where.ts';
import { startedByAnother, wordsOf } from './why-words.ts';

/** What one event did to one flow of its contact: an element of `flows why --json`'s `flows`. */
export interface Why {
  readonly flow: string;
  /** workflow id, where a run has to do with it */
  readonly run?: string;
  /** the decision as it was recorded (`Decision.what`), `no_listener`, `not_listening` or `undecided` */
  readonly what: string;
  /** whether it started, moved or ended anything */
  readonly acted: boolean;
  /** in words */
  readonly why: string;
}

/** One event, and what it did. */
export interface WhyEvent extends ContactEvent {
  /** what ingest could not use of it */
  readonly notes: readonly EventNote[];
  readonly flows: readonly Why[];
}

interface InboxRow extends EventRow {
  /** of the row, not the producer's */
  readonly id: string;
  readonly state: 'new' | 'decided';
  readonly decisions: readonly Decision[] | null;
  readonly data: JsonObject;
  readonly notes: readonly EventNote[] | null;
  readonly flow: string | null;
  readonly timezone: string | null;
}

/** An event's id, and the forms in which it may be stored, as JSON. */
interface EventId {
  readonly id: string;
  readonly forms: readonly string[];
}

interface RunRow {
  readonly entry: string;
  readonly run: string;
  readonly flow: string;
  readonly listens: readonly string[];
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly entered_at: Date;
  readonly closed_at: Date | null;
}

/** What became of every event with this id of these persons, oldest first: from what was recorded when it was decided. */
export async function explainEvent(store: Store, persons: readonly string[], eventId: string): Promise<WhyEvent[]> {
  const forms = await idForms(store.db, persons, eventId);
  const { rows } = await sql<InboxRow>`
    select id, name, source, occurred_at, received_at, state, decided_at, decisions,
      event->'data' as data, event->'notes' as notes, event->>'flow' as flow, event->'timezone' as timezone
    from inbox where person = any(${[...persons]}::uuid[]) and event->'id' = any(${forms}::jsonb[]) order by inbox.id`.execute(
    store.db,
  );
  if (rows.length === 0) return [];
  const published = await publishedFlows(store);
  return Promise.all(rows.map((row) => explain(store, persons, row, { id: eventId, forms }, published)));
}

async function publishedFlows(store: Store): Promise<Published[]> {
  return await store.db
    .selectFrom('flows')
    .innerJoin('plans', 'plans.hash', 'flows.hash')
    .select(['flows.flow', 'flows.status', 'flows.published_at', 'plans.plan'])
    .where('flows.status', '<>', 'removed')
    .orderBy('flows.flow')
    .execute();
}

async function explain(
  store: Store,
  persons: readonly string[],
  row: InboxRow,
  { id, forms }: EventId,
  published: readonly Published[],
): Promise<WhyEvent> {
  const about = { ...eventOf(id, row), notes: row.notes ?? [] };
  const decisions = row.decisions ?? [];
  const runs = await runsAround(store, persons, row);
  const told = await Promise.all(decisions.map((decision) => whyOf(store, row, forms, decision, published, runs)));
  if (row.state === 'new') {
    const why = 'it is not decided yet: a router has to run (`flows serve`), and Temporal to answer';
    return { ...about, flows: [...told, { flow: row.flow ?? '', what: 'undecided', acted: false, why }] };
  }
  return { ...about, flows: [...told, ...notConcerned(row, decisions, published, runs)] };
}

/** Runs of the person that were inside when the event was decided, and those that it started. */
async function runsAround(store: Store, persons: readonly string[], row: InboxRow): Promise<RunRow[]> {
  const decided = row.decided_at ?? new Date();
  const { rows } = await sql<RunRow>`
    select id as entry, workflow_id as run, flow, listens, outcome, reason, entered_at, closed_at from entries
    where person = any(${[...persons]}::uuid[]) and entered_at <= ${decided} and (inbox is null or inbox <= ${row.id})
      and (closed_at is null or closed_at >= ${row.received_at})
    order by entered_at`.execute(store.db);
  return rows;
}

async function whyOf(
  store: Store,
  row: InboxRow,
  forms: readonly string[],
  decision: Decision,
  published: readonly Published[],
  runs: readonly RunRow[],
): Promise<Why> {
  const { flow, run, what } = decision;
  const found = published.find((one) => one.flow === flow) ?? null;
  const words = [wordsOf(decision, row.timezone)];
  if (what === 'where') words.push(await whatWasFalse(store, decision, row, found));
  const about = runs.find((one) => one.run === run);
  if (about !== undefined && (what === 'notified' || what === 'goal'))
    words.push(await whatItDid(store, about, row, forms));
  if (about !== undefined && what === 'started') words.push(stateOf(about));
  const acted = ['started', 'restarted', 'notified', 'goal'].includes(what);
  return { flow, ...(run !== undefined && { run }), what, acted, why: words.filter((one) => one !== '').join('; ') };
}

/** How the notice fared, and what the run made of it, as far as its trail tells. */
async function whatItDid(
  store: Store,
  run: RunRow,
  { name, received_at }: InboxRow,
  forms: readonly string[],
): Promise<string> {
  const { rows } = await sql<{ state: string; reason: string | null }>`
    select state, reason from notices
    where entry = ${run.entry} and kind = 'event' and body->'event'->'id' = any(${[...forms]}::jsonb[]) limit 1`.execute(
    store.db,
  );
  const [notice] = rows;
  if (notice === undefined) return stateOf(run);
  if (notice.state === 'due') return 'the notice is still due: Temporal does not answer, or is told next';
  if (notice.state === 'gone') return 'the run had ended before it heard of it';
  if (notice.state === 'refused') return `Temporal refused the notice: ${notice.reason}`;
  // What a line is about is sealed where the store is encrypted.
  const trail = await store.db
    .selectFrom('trail')
    .select('line')
    .where('entry', '=', run.entry)
    .orderBy('seq')
    .execute();
  const took = trail.find(({ line }) => line.what === name && Date.parse(line.at) >= received_at.getTime());
  const step =
    took === undefined || took.line.step === null ? '' : `step ${took.line.step} (${took.line.kind}) took it; `;
  return `${step}${stateOf(run)}`;
}

function stateOf({ outcome, reason, closed_at }: RunRow): string {
  if (closed_at === null) return 'the run is inside';
  return `the run ended ${closed_at.toISOString()}: ${outcome ?? 'closed'}${reason === null || reason === outcome ? '' : `, ${reason}`}`;
}

/** Flows and runs that nothing was decided about, because the event is none of theirs. */
function notConcerned(
  { name, flow: named, decided_at }: InboxRow,
  decisions: readonly Decision[],
  published: readonly Published[],
  runs: readonly RunRow[],
): Why[] {
  const mentioned = new Set(decisions.flatMap(({ flow, run }) => [flow, run ?? flow]));
  const forAll = decisions.find(({ flow, what }) => flow === '' && what !== 'bad_timezone');
  const unasked = (later: boolean) => {
    if (forAll !== undefined) return wordsOf(forAll, null);
    if (named !== null && !later) return 'the event names another flow';
    // Or it was published in the very moment in which ingest passed the event over.
    return 'the flow starts by this event since it was published anew, after this event was decided';
  };
  const others = published.filter(({ flow }) => !mentioned.has(flow));
  const flows = others.map(({ flow, plan, published_at }): Why => {
    const listens = plan.on.some(({ event }) => event === name);
    const later = decided_at !== null && published_at > decided_at;
    return {
      flow,
      what: 'no_listener',
      acted: false,
      why: listens ? unasked(later) : startedByAnother(name, plan.on),
    };
  });
  const inside = runs.filter(({ run, listens }) => !mentioned.has(run) && !listens.includes(name));
  return [
    ...flows,
    ...inside.map(({ flow, run }): Why => {
      return { flow, run, what: 'not_listening', acted: false, why: `the run inside does not wait for "${name}"` };
    }),
  ];
}
