import type { Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import { isUnchanged } from '../plan/told.ts';
import { ENGINE_SOURCE } from '../store/inbox.ts';
import { json, type Store } from '../store/store.ts';
import type { Decision } from '../store/tables/inbox.ts';
import type { Tables } from '../store/tables.ts';
import { type Admission, admit, type Circumstances, type Verified } from './admission.ts';
import { changesIn, tellChanges } from './changes.ts';
import { type Lease, releaseIdle } from './claim.ts';
import { insertNotice } from './decide-notice.ts';
import { enter, restartOver } from './enter.ts';
import { isUnheard } from './entry-rules.ts';
import { countGoals, type Reached } from './goals.ts';
import { hopsTo } from './hops.ts';
import { shareFlows } from './locks.ts';
import { lockPerson, type OpenRun, readContact } from './person.ts';
import { applyProfile, storeProfile } from './profile.ts';
import type { PublishedFlow, PublishedFlows } from './published-flows.ts';

/** Events of one person decided in one transaction. */
const EVENTS_AT_ONCE = 100;

export interface Decided {
  /** false: there are more events to decide, after what was decided has been sent and `verify` been looked at */
  readonly complete: boolean;
  /** the person was given back, because nothing had to be sent */
  readonly released: boolean;
  /** runs that would refuse an entry: Temporal has to say whether they still run */
  readonly verify: readonly OpenRun[];
}

interface InboxRow {
  readonly id: string;
  readonly event: CanonicalEvent;
  /** what was decided of this event so far; the rest waits for the answer of a run */
  readonly decisions: readonly Decision[] | null | undefined;
}

/**
 * Decides the person's new events in inbox order, in one transaction that the lease guards: profile, notices to runs that
 * listen, entries, the reason of each (PROTOCOLS.md §2). Nothing is sent; notices due of earlier claims must be sent before.
 *
 * @param verified what `check` found out under this claim
 * @param speed factor by which the timers of new runs are divided
 * @throws LeaseLost
 */
export function decide(
  store: Store,
  published: PublishedFlows,
  lease: Lease,
  verified: Verified,
  speed: number,
): Promise<Decided> {
  return store.db.transaction().execute(async (trx) => {
    await shareFlows(trx);
    const person = await lockPerson(trx, lease);
    const rows = await newEvents(trx, person.id);
    if (rows.length === 0) return { complete: true, released: await releaseIdle(trx, lease), verify: [] };
    const flows = await published.read(trx);
    const at: Deciding = { trx, person, published, verified, flows, speed, derived: false };
    for (const row of rows) {
      const outcome = await decideEvent(at, row);
      if (outcome !== 'decided') return { complete: false, released: false, verify: outcome };
    }
    const complete = rows.length < EVENTS_AT_ONCE && !at.derived;
    return { complete, released: complete && (await releaseIdle(trx, lease)), verify: [] };
  });
}

type Deciding = Pick<Circumstances, 'trx' | 'person' | 'published' | 'verified'> & {
  readonly flows: readonly PublishedFlow[];
  readonly speed: number;
  /** events have come of those decided: they are in the inbox now */
  derived: boolean;
};

/** Answers the runs to verify before this event can be decided; an empty list: it waits for the answer of a run. */
async function decideEvent(at: Deciding, row: InboxRow): Promise<'decided' | readonly OpenRun[]> {
  const { trx, person } = at;
  const { event } = row;
  const decisions: Decision[] = [...(row.decisions ?? [])];
  // One that waited for an answer was looked at, and has told its value, before.
  const changes = row.decisions != null || !isUnchanged(event, valueBefore(person, event));
  decisions.push(...(await learn(at, row)));
  if (!changes) return close(at, row, [...decisions, { flow: '', what: 'unchanged' }]);
  const told = new Set(decisions.filter(({ what }) => what === 'notified').map(({ run }) => run!));
  const flows = concerned(at.flows, event, decisions);
  const admissions: Admission[] = [];
  const hops = flows.length > 0 ? await hopsTo(trx, event, at.speed) : 0;
  if (flows.length > 0) {
    const facts = await readContact(trx, person);
    for (const flow of flows)
      admissions.push(await admit({ ...at, inbox: row.id, facts, hops, answered: told }, flow, event));
  }
  const open = admissions.filter((admission) => admission.verdict === 'open');
  const verify = open.flatMap((admission) => admission.verify);
  if (verify.length > 0) return verify;

  // Exits come before entries: whoever listens hears of the event first.
  const ask = new Set(open.flatMap((admission) => admission.ask));
  const goals = await countGoals(trx, person, at.published, row);
  decisions.push(...goals.decisions);
  decisions.push(...(await tellListeners(at, row, told, ask, goals.reached)));
  if (ask.size > 0) {
    await trx
      .updateTable('inbox')
      .set({ decisions: json(decisions) })
      .where('id', '=', row.id)
      .execute();
    return [];
  }
  for (const admission of admissions) {
    if (admission.verdict === 'refused') decisions.push(admission.decision);
    if (admission.verdict !== 'enter') continue;
    for (const run of admission.ending) decisions.push(await restartOver(trx, person, run));
    decisions.push(await enter(trx, person, admission, row, { speed: at.speed, hops }));
  }
  return close(at, row, decisions);
}

async function close({ trx, person }: Deciding, { id }: InboxRow, decisions: readonly Decision[]): Promise<'decided'> {
  await trx
    .updateTable('inbox')
    .set({ state: 'decided', decided_at: person.now, decisions: json(decisions) })
    .where('id', '=', id)
    .execute();
  return 'decided';
}

function newEvents(trx: Transaction<Tables>, person: string): Promise<InboxRow[]> {
  return trx
    .selectFrom('inbox')
    .select(['id', 'event', 'decisions'])
    .where('person', '=', person)
    .where('state', '=', 'new')
    .orderBy('id')
    .limit(EVENTS_AT_ONCE)
    .execute();
}

/** What is known of the attribute that a producer tells of; the engine's own events come after the value. */
function valueBefore({ attributes }: Deciding['person'], { source, data }: CanonicalEvent): Json | undefined {
  const { name } = data;
  if (source === ENGINE_SOURCE || typeof name !== 'string' || !Object.hasOwn(attributes, name)) return undefined;
  return attributes[name]!.value;
}

/** What the event tells of the contact, and what of that cannot be used. A producer's test traffic tells nothing. */
async function learn(at: Deciding, row: InboxRow): Promise<Decision[]> {
  const { trx, person } = at;
  const { event } = row;
  // An event that waited for an answer has told its part before.
  if (event.development === true || row.decisions) return [];
  const usable = event.timezone === undefined || isZone(event.timezone);
  const attributes = applyProfile(person.attributes, event);
  const timezone = usable ? (event.timezone ?? person.timezone) : person.timezone;
  if (attributes !== person.attributes || timezone !== person.timezone) {
    const change = { before: person.attributes, after: attributes };
    person.attributes = attributes;
    person.timezone = timezone;
    if (event.name !== 'attribute_changed' && (await isHeard(at, 'attribute_changed'))) {
      at.derived = (await tellChanges(trx, person.id, change, row.id, event)) > 0 || at.derived;
    }
    await storeProfile(trx, person.id, change, timezone);
  }
  return usable ? [] : [{ flow: '', what: 'bad_timezone' }];
}

/** Whether a published flow, or a run by its own version, has to do with the event. */
async function isHeard({ trx, published, flows, person }: Deciding, name: string): Promise<boolean> {
  if (flows.some(({ plan }) => changesIn(plan).includes(name))) return true;
  for (const { hash } of person.runs) if (changesIn(await published.plan(trx, hash)).includes(name)) return true;
  return false;
}

/** Events that name the flow they start, and how they do. */
export const NAMED: { readonly [event: string]: string } = {
  manual: 'by hand',
  from_flow: 'by another flow',
  date: 'by a date',
  schedule: 'by a schedule',
};

/** The flows that the event might start. One of `NAMED` names the one it means; what is wrong with that name is a decision. */
function concerned(flows: readonly PublishedFlow[], event: CanonicalEvent, decisions: Decision[]): PublishedFlow[] {
  const isNamed = Object.hasOwn(NAMED, event.name);
  const named = isNamed ? flows.filter(({ plan }) => plan.flow === event.flow) : flows;
  const found = named.filter(({ plan }) => plan.on.some((listener) => listener.event === event.name));
  if (isNamed && event.flow === undefined) {
    const detail = `a flow starts ${NAMED[event.name]} as the engine says, and not by a producer's event "${event.name}": give the event another name`;
    decisions.push({ flow: '', what: 'reserved_name', detail });
  } else if (isNamed && found.length === 0) {
    const what = named.length === 0 ? 'unknown_flow' : `not_${event.name}`;
    const detail =
      named.length === 0
        ? 'no flow of this name is published'
        : `the flow does not start ${NAMED[event.name]}: its "on" has no "${event.name}"`;
    decisions.push({ flow: event.flow ?? '', what, detail });
  }
  return found;
}

/** The event goes to every open run that listens for it, or that reached a goal by it. Runs in `ask` get it as an update, for whose answer it waits. */
async function tellListeners(
  { trx, person }: Deciding,
  { id, event }: InboxRow,
  told: ReadonlySet<string>,
  ask: ReadonlySet<OpenRun>,
  reached: Reached,
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (const run of person.runs) {
    const goals = reached.get(run.id);
    if (!run.listens.includes(event.name) && goals === undefined) continue;
    if (run.inbox === id || told.has(run.workflow_id)) continue;
    const about = { flow: run.flow, run: run.workflow_id };
    if (isUnheard(event, run.flow)) {
      decisions.push({ ...about, what: 'own_event' });
      continue;
    }
    if (event.development === true || event.replay === true) {
      decisions.push({ ...about, what: event.development === true ? 'development' : 'replay' });
      continue;
    }
    const { name, id: eventId, time, source, data } = event;
    const notice = {
      kind: 'event',
      event: { name, id: eventId, time, source, data },
      received: event.received,
      ...(goals !== undefined && { goals }),
    } as const;
    run.sent_n = await insertNotice(trx, run, notice, ask.has(run) ? id : null);
    decisions.push({ ...about, what: 'notified' });
  }
  return decisions;
}
