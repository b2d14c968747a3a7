import type { Transaction } from 'kysely';
import { evaluate, type Scope, truthy } from '../plan/evaluate.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { isZone } from '../plan/local-time.ts';
import type { Plan } from '../plan/plan.ts';
import type { Decision, Tables } from '../store/tables.ts';
import type { ContactFacts, OpenRun, Person } from './person.ts';
import type { PublishedFlow, PublishedFlows } from './published-flows.ts';
import { judgeReentry } from './reentry.ts';
import { keyText, LONGEST_KEY } from './run-key.ts';

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

/** What deciding one event looks at, beside the event. */
export interface Circumstances {
  readonly trx: Transaction<Tables>;
  readonly person: Person;
  readonly facts: ContactFacts;
  readonly published: PublishedFlows;
  /** entry ids of runs that Temporal was asked about under this claim and that were running */
  readonly verified: ReadonlySet<string>;
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
  if (flow.status !== 'active') return refused('status', flow.status);
  if (event.development === true) return refused('development');
  if (event.replay === true) return refused('replay');
  const age = Date.parse(event.received) - Date.parse(event.time);
  if (age > plan.max_event_age) return refused('too_old', `${Math.round(age / 1000)} s old when received`);

  const scope = scopeOf(at, plan, event);
  const listeners = plan.on.filter((listener) => listener.event === event.name);
  if (!listeners.some(({ where }) => where === null || truthy(evaluate(where, scope)))) return refused('where');
  const key = plan.key === null ? null : keyText(evaluate(plan.key, scope));
  if (plan.key !== null && key === null) return refused('no_key');
  if (key !== null && key.length > LONGEST_KEY) {
    return refused('key_too_long', `${key.length} characters, at most ${LONGEST_KEY}`);
  }
  return reenter(at, plan, key, event, refused);
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
    .select(['ordinal', 'entered_at'])
    .where('flow', '=', plan.flow)
    .where('person', '=', person.id)
    .where('key', '=', key ?? '')
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  const earlier = { inside: inside.length, last: last?.entered_at.getTime() ?? null };
  const verdict = judgeReentry(plan.reentry, earlier, person.now.getTime(), zoneOf(plan, person));
  const entry = { verdict: 'enter', plan, key, ordinal: (last?.ordinal ?? 0) + 1 } as const;
  if (verdict === 'enter') return { ...entry, ending: [] };
  if (verdict === 'restart') return { ...entry, ending: inside };
  if (verdict !== 'inside') return refused(verdict);

  const ask: OpenRun[] = [];
  const verify: OpenRun[] = [];
  for (const run of inside) {
    if (at.answered.has(run.workflow_id)) return refused('inside', run.workflow_id);
    if (await mayExit(at, run, event)) ask.push(run);
    // Whatever was due has been sent before deciding: `starting` means decided just now, so nobody has left yet.
    else if (run.state === 'starting' || at.verified.has(run.id)) return refused('inside', run.workflow_id);
    else verify.push(run);
  }
  return { verdict: 'open', ask: verify.length > 0 ? [] : ask, verify };
}

/** By its own version of the flow, which may not be the published one. */
async function mayExit(at: Circumstances, run: OpenRun, event: CanonicalEvent): Promise<boolean> {
  if (!run.listens.includes(event.name)) return false;
  const { exit_on } = await at.published.plan(at.trx, run.hash);
  return exit_on.some((listener) => listener.event === event.name);
}

/** `on` knows the event, the contact and the time; nothing of a run. */
function scopeOf({ person, facts }: Circumstances, plan: Plan, event: CanonicalEvent): Scope {
  const { name, id, time, source, data } = event;
  return {
    event: data,
    incoming: data,
    trigger: { name, id, time, source },
    contact: facts.contact,
    groups: facts.groups,
    vars: {},
    steps: {},
    run: {},
    now: person.now.toISOString(),
    timezone: zoneOf(plan, person),
  };
}

/** The flow's zone for this person. */
function zoneOf(plan: Plan, { timezone }: Person): string {
  if (plan.timezone !== 'contact') return plan.timezone;
  return timezone !== null && isZone(timezone) ? timezone : plan.project_timezone;
}
