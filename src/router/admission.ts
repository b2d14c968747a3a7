import type { Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Plan } from '../plan/plan.ts';
import { keyForms } from '../store/crypto/seal-ids.ts';
import type { Decision } from '../store/tables/inbox.ts';
import type { Tables } from '../store/tables.ts';
import { readEntryFacts } from './entry-facts.ts';
import { entryReads, flowZone, judgeEvent } from './entry-rules.ts';
import { exitEvents } from './goal-rules.ts';
import { MOST_HOPS } from './hops.ts';
import type { ContactFacts, OpenRun, Person } from './person.ts';
import type { PublishedFlow, PublishedFlows } from './published-flows.ts';
import { cooldownEnd, judgeReentry } from './reentry.ts';

/** What becomes of one event and one flow that it might start. */
export type Admission =
  | { readonly verdict: 'refused'; readonly decision: Decision }
  | {
      readonly verdict: 'enter';
      readonly plan: Plan;
      readonly key: string | null;
      readonly ordinal: number;
      /** runs inside that this entry ends */
      readonly ending: readonly OpenRun[];
    }
  /** it depends on runs that only they, or Temporal, can speak for */
  | { readonly verdict: 'open'; readonly ask: readonly OpenRun[]; readonly verify: readonly OpenRun[] };

/**
 * Runs that were asked about under this claim and that go on: the number of the last notice decided by then, by entry id.
 * A later notice may end the run.
 */
export type Verified = ReadonlyMap<string, number>;

/** What deciding one event looks at, beside the event. */
export interface Circumstances {
  readonly trx: Transaction<Tables>;
  readonly person: Person;
  /** id of the event in the inbox */
  readonly inbox: string;
  readonly facts: ContactFacts;
  readonly published: PublishedFlows;
  readonly verified: Verified;
  /** how many runs led to the event at once */
  readonly hops: number;
  /** workflow ids of runs that have taken this event and answered */
  readonly answered: ReadonlySet<string>;
}

/** `flow` must have a listener of this name in `on`. */
export async function admit(at: Circumstances, flow: PublishedFlow, event: CanonicalEvent): Promise<Admission> {
  const { plan } = flow;
  const refused = (what: string, detail?: string): Admission => ({
    verdict: 'refused',
    decision: { flow: plan.flow, what, ...(detail === undefined ? {} : { detail }) },
  });
  const { facts, person } = at;
  const now = person.now.getTime();
  const who = { ...facts, timezone: person.timezone };
  const reads = entryReads(plan, event, who, now);
  const more = reads === null ? {} : await readEntryFacts(at.trx, person, at.inbox, reads);
  const judged = judgeEvent(plan, flow.status, event, { ...who, ...more }, now);
  if ('on' in judged && judged.on !== undefined) {
    const where = { version: plan.hash, on: judged.on };
    return { verdict: 'refused', decision: { flow: plan.flow, what: judged.what, where } };
  }
  if ('what' in judged) return refused(judged.what, judged.detail);
  if (at.hops > MOST_HOPS) {
    return refused('endless', `${MOST_HOPS} runs started one another at once, with nothing that waits`);
  }
  return reenter(at, plan, judged.key, event, refused);
}

async function reenter(
  at: Circumstances,
  plan: Plan,
  key: string | null,
  event: CanonicalEvent,
  refused: (what: string, detail?: string) => Admission,
): Promise<Admission> {
  const { trx, person } = at;
  const inside = person.runs.filter((run) => run.flow === plan.flow && run.key === (key ?? ''));
  const last = await trx
    .selectFrom('entries')
    .select(({ fn }) => [fn.max('ordinal').as('ordinal'), fn.max('entered_at').as('entered_at')])
    .where('flow', '=', plan.flow)
    .where('person', 'in', person.knownAs)
    .where('key', 'in', await keyForms(trx, person.knownAs, key))
    .executeTakeFirst();
  const earlier = { inside: inside.length, last: last?.entered_at?.getTime() ?? null };
  const zone = flowZone(plan, person.timezone);
  const verdict = judgeReentry(plan.reentry, earlier, person.now.getTime(), zone);
  const entry = { verdict: 'enter', plan, key, ordinal: (last?.ordinal ?? 0) + 1 } as const;
  if (verdict === 'enter') return { ...entry, ending: [] };
  if (verdict === 'restart') return { ...entry, ending: inside };
  if (verdict === 'cooldown') {
    return refused(verdict, new Date(cooldownEnd(plan.reentry, earlier, zone)!).toISOString());
  }
  if (verdict !== 'inside') return refused(verdict);

  const ask: OpenRun[] = [];
  const verify: OpenRun[] = [];
  for (const run of inside) {
    if (at.answered.has(run.workflow_id)) return refused('inside', run.workflow_id);
    if (await mayExit(at, run, event)) ask.push(run);
    else if (isInside(at, run)) return refused('inside', run.workflow_id);
    else verify.push(run);
  }
  return { verdict: 'open', ask: verify.length > 0 ? [] : ask, verify };
}

/** Whatever was due is sent before deciding: `starting` was decided just now, and nobody was told to leave. */
function isInside({ verified }: Circumstances, run: OpenRun): boolean {
  return (run.state === 'starting' && run.sent_n === 0) || verified.get(run.id) === run.sent_n;
}

/** By its own version of the flow, which may not be the published one. */
async function mayExit(at: Circumstances, run: OpenRun, event: CanonicalEvent): Promise<boolean> {
  if (!run.listens.includes(event.name)) return false;
  return exitEvents(await at.published.plan(at.trx, run.hash)).includes(event.name);
}
