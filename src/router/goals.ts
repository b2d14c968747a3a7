/** Conversions: which runs are still on their way to a goal, and what reached one. */
import type { Transaction } from 'kysely';
import type { CanonicalEvent, FlowEvent } from '../plan/event.ts';
import type { Plan } from '../plan/plan.ts';
import type { Decision } from '../store/tables/inbox.ts';
import type { Tables } from '../store/tables.ts';
import { readEntryFacts } from './entry-facts.ts';
import { flowZone } from './entry-rules.ts';
import { type GoalRun, goalReads, goalUntil, judgeGoals } from './goal-rules.ts';
import { type Person, readContact } from './person.ts';
import type { PublishedFlows } from './published-flows.ts';

/** Goals that one event reached, by entry id. */
export type Reached = ReadonlyMap<string, readonly string[]>;

/** Writes down what a new run may reach. */
export async function awaitGoals(
  trx: Transaction<Tables>,
  person: Person,
  entry: string,
  { goals = [], ...plan }: Plan,
): Promise<void> {
  if (goals.length === 0) return;
  person.awaitsGoals = true;
  const zone = flowZone({ ...plan, goals }, person.timezone);
  const names = [...new Set(goals.map(({ name }) => name))];
  const rows = names.map((name) => {
    const until = goalUntil(goals, name, person.now.getTime(), zone);
    return { entry, name, person: person.id, until: until === null ? null : new Date(until) };
  });
  await trx.insertInto('goals').values(rows).execute();
}

/** Counts what the event reaches, each goal of a run once, in the runs of the person that are open or were. */
export async function countGoals(
  trx: Transaction<Tables>,
  person: Person,
  published: PublishedFlows,
  { id: inbox, event }: { readonly id: string; readonly event: CanonicalEvent },
): Promise<{ readonly reached: Reached; readonly decisions: readonly Decision[] }> {
  const reached = new Map<string, string[]>();
  const decisions: Decision[] = [];
  if (!person.awaitsGoals) return { reached, decisions };
  const now = person.now.getTime();
  for (const { names, ...row } of await awaiting(trx, person.id, inbox, event.received)) {
    const plan = await published.plan(trx, row.hash);
    const inside = person.runs.some(({ id }) => id === row.entry);
    const run: GoalRun = { plan, id: row.workflow_id, start: row.event, entered: row.entered_at.getTime(), inside };
    const who = { ...(await readContact(trx, person)), timezone: person.timezone };
    const reads = goalReads(run, event, who, now);
    const more = reads === null ? {} : await readEntryFacts(trx, person, inbox, reads);
    const found = judgeGoals(run, event, { ...who, ...more }, now).filter((name) => names.includes(name));
    if (found.length === 0) continue;
    await trx
      .updateTable('goals')
      .set({ counted_at: person.now, inbox })
      .where('entry', '=', row.entry)
      .where('name', 'in', found)
      .execute();
    reached.set(row.entry, found);
    for (const name of found) decisions.push({ flow: plan.flow, run: row.workflow_id, what: 'goal', detail: name });
  }
  return { reached, decisions };
}

interface Awaiting {
  readonly entry: string;
  readonly workflow_id: string;
  readonly hash: string;
  readonly event: FlowEvent;
  readonly entered_at: Date;
  readonly names: readonly string[];
}

async function awaiting(
  trx: Transaction<Tables>,
  person: string,
  inbox: string,
  received: string,
): Promise<readonly Awaiting[]> {
  const rows = await trx
    .selectFrom('goals')
    .innerJoin('entries', 'entries.id', 'goals.entry')
    .select(['entries.id as entry', 'workflow_id', 'hash', 'event', 'entered_at', 'name'])
    .where('goals.person', '=', person)
    .where('counted_at', 'is', null)
    .where((eb) => eb.or([eb('state', '<>', 'closed'), eb('until', '>=', new Date(received))]))
    .where((eb) => eb.or([eb('entries.inbox', 'is', null), eb('entries.inbox', '<>', inbox)]))
    .orderBy('entered_at')
    .orderBy('workflow_id')
    .execute();
  const runs = new Map<string, Awaiting>();
  for (const { name, ...row } of rows) {
    runs.set(row.entry, { ...row, names: [...(runs.get(row.entry)?.names ?? []), name] });
  }
  return [...runs.values()];
}
