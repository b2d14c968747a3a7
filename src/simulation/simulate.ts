/** One flow and one contact in virtual time: what the router, the engine and Mapp would make of what happens to them. */
import { convertDeclared } from '../ingest/declared.ts';
import type { Resolution } from '../interpreter/mailbox.ts';
import { consentOf } from '../plan/consent.ts';
import type { Effect, ReadResult } from '../plan/effect.ts';
import type { CanonicalEvent, FlowEvent } from '../plan/event.ts';
import type { HoldDecision, RunInput } from '../plan/notice.ts';
import type { Plan } from '../plan/plan.ts';
import type { Channel, Project } from '../plan/project.ts';
import { reservedEvent } from '../plan/reserved-events.ts';
import type { CaseEvent, CaseInput, Happening } from '../plan/test-case.ts';
import { isUnchanged } from '../plan/told.ts';
import { entryReads, flowZone, judgeEvent } from '../router/entry-rules.ts';
import { goalReads, judgeGoals } from '../router/goal-rules.ts';
import { judgeReentry } from '../router/reentry.ts';
import { workflowId } from '../router/run-key.ts';
import { ENGINE_SOURCE } from '../store/inbox.ts';
import { VirtualContact } from './virtual-contact.ts';
import { type SentMessage, VirtualLimits } from './virtual-limits.ts';
import { VirtualMapp } from './virtual-mapp.ts';
import { VirtualRun } from './virtual-run.ts';
import { VirtualSends } from './virtual-sends.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulationInput extends CaseInput {
  readonly plan: Plan;
  readonly project: Pick<Project, 'events' | 'messages' | 'groups' | 'timezone' | 'timezone_attribute'>;
  /** ms since the epoch; what happens later is left out. Default: everything happens */
  readonly until?: number;
}

/** `at` in ms since the epoch */
export interface Note {
  readonly at: number;
  readonly what: string;
  readonly detail: string;
}

export interface Simulation {
  /** in order of entry */
  readonly runs: readonly VirtualRun[];
  /** events that could have started the flow and did not, values of events that cannot be used */
  readonly notes: readonly Note[];
  /** operator actions that met nobody */
  readonly missed: readonly Note[];
  /** the contact's zone as the case has it, else the project's; a run may change it */
  readonly timezone: string;
}

const PERSON = 'contact';

type Admission =
  | { readonly reason: string }
  | { readonly key: string | null; readonly ordinal: number; readonly ending: readonly VirtualRun[] };

export async function simulate(input: SimulationInput): Promise<Simulation> {
  const simulation = new Simulating(input);
  await simulation.run();
  return simulation;
}

class Simulating implements Simulation {
  readonly runs: VirtualRun[] = [];
  readonly notes: Note[] = [];
  readonly missed: Note[] = [];
  private accepted = 0;
  readonly timezone: string;
  private readonly input: SimulationInput;
  private readonly time: VirtualTime;
  private readonly contact: VirtualContact;
  private readonly mapp: VirtualMapp;
  private readonly ends: Promise<void>[] = [];
  private readonly sends = new VirtualSends(
    (entry) => this.runs.find(({ input }) => input.entry === entry)?.id ?? entry,
  );

  constructor(input: SimulationInput) {
    this.input = input;
    this.time = new VirtualTime(input.start);
    this.contact = new VirtualContact(input.contact, input.project);
    this.timezone = this.contact.timezone ?? input.project.timezone;
    const limits = new VirtualLimits(sentBefore(input));
    this.mapp = new VirtualMapp(this.contact, input, {
      limits,
      now: () => this.time.now(),
      onAccepted: (effect) => this.sent(effect),
    });
    for (const { event, data } of input.contact.history) this.consent({ name: event, data }, null);
    for (const happening of input.happenings) this.time.at(happening.at, () => this.happen(happening));
  }

  async run(): Promise<void> {
    await this.time.drain(this.input.until);
    await Promise.all(this.ends);
  }

  private happen(happening: Happening): void {
    if (happening.type === 'event') this.accept(happening);
    else if (happening.type === 'decide') this.decide(happening.step, happening.as);
    else if (happening.type === 'resolve') this.resolve(happening.step, happening.as);
    else this.command(happening.type);
  }

  private get inside(): VirtualRun[] {
    return this.runs.filter(({ outcome }) => outcome === null);
  }

  /** Exits come before entries: whoever is inside hears of the event first, and goes as far as that makes them go. */
  private accept(given: CaseEvent): void {
    const { plan, project } = this.input;
    const { data, notes } = convertDeclared(project.events, given.event, given.data);
    for (const { pointer, detail } of notes)
      this.notes.push({ at: given.at, what: `${given.event} ${pointer}`, detail });
    this.accepted += 1;
    const about = this.sends.about({ name: given.event, data });
    if (
      about === null &&
      reservedEvent(given.event)?.main === 'message' &&
      (data.message ?? data.step ?? null) !== null
    ) {
      const detail = 'is about no message that the flow had sent by then';
      this.notes.push({ at: given.at, what: given.event, detail });
    }
    const event: FlowEvent = {
      name: given.event,
      id: given.id ?? `${given.event}-${this.accepted}`,
      time: given.time ?? new Date(given.at).toISOString(),
      source: 'api',
      data: this.contact.whetherFirst({ name: given.event, data: about?.data ?? data }),
    };
    if (isUnchanged(event, this.contact.knownValue(event.data.name))) {
      this.contact.happens(event.name, event.data, this.time.now());
      this.notes.push({ at: given.at, what: event.name, detail: 'the value was the same already' });
      return;
    }
    this.consent(event, about?.channel ?? null);
    this.tell(event, new Date(given.at).toISOString());
    if (plan.on.some((listener) => listener.event === event.name)) this.time.next(() => this.admit(event));
  }

  /** What an event about a message says of the contact's consent. `channel`: of the message, where it is one of ours. */
  private consent(event: Pick<FlowEvent, 'name' | 'data'>, channel: Channel | null): void {
    const known = this.input.project.messages?.[String(event.data.message)]?.channel;
    const consent = consentOf(event, channel ?? known ?? 'email');
    if (consent !== null) this.contact.tell(consent);
  }

  /** The ledger tells of each message that it has sent; a flow does not start by its own. */
  private sent(effect: Effect): void {
    const data = this.sends.taken(effect);
    if (data === null) return;
    const time = new Date(this.time.now()).toISOString();
    const event: FlowEvent = { name: 'message_sent', id: effect.key, time, source: ENGINE_SOURCE, data };
    this.time.next(() => this.tell(event, time));
  }

  /** Whoever is inside and listens hears of the event; goals are counted, also of runs that are over. */
  private tell(event: FlowEvent, received: string): void {
    const { plan } = this.input;
    this.contact.happens(event.name, event.data, this.time.now());
    const listens = plan.listens.includes(event.name);
    for (const run of this.runs) {
      const goals = this.reached(run, event, received);
      if (run.outcome !== null) run.reach(goals, received);
      else if (listens || goals.length > 0) {
        run.tell({ kind: 'event', event, received, ...(goals.length > 0 && { goals }) });
      }
    }
  }

  /** Goals of the run that the event is the first to reach. */
  private reached({ id, input, outcome, counted }: VirtualRun, event: FlowEvent, received: string): string[] {
    const { plan } = this.input;
    if (plan.goals === undefined || plan.goals.length === 0) return [];
    const run = { plan, id, start: input.event, entered: Date.parse(input.entered), inside: outcome === null };
    const arrived: CanonicalEvent = { ...event, dedupeKey: event.id, received, contact: this.contact.identifiers };
    const who = this.contact.entryFacts();
    const now = this.time.now();
    const reads = goalReads(run, arrived, who, now);
    const more = reads === null ? {} : this.read({ entry: '', contact: [], groups: [], ...reads });
    const found = judgeGoals(run, arrived, { ...more, ...who }, now).filter((name) => !counted.has(name));
    for (const name of found) counted.add(name);
    return found;
  }

  private admit(event: FlowEvent): void {
    const admission = this.judge(event);
    if ('reason' in admission) {
      const detail = `does not start the flow: ${admission.reason}`;
      this.notes.push({ at: this.time.now(), what: event.name, detail });
      return;
    }
    for (const run of admission.ending) run.tell({ kind: 'exit', reason: 'restarted' });
    // Those who have to leave leave before the next one enters.
    this.time.next(() => this.enter(event, admission.key, admission.ordinal));
  }

  private judge(event: FlowEvent): Admission {
    const { plan } = this.input;
    const now = this.time.now();
    const received = new Date(now).toISOString();
    const from = plan.on.find((listener) => listener.event === event.name)?.from;
    const arrived: CanonicalEvent = {
      ...event,
      dedupeKey: event.id,
      received,
      contact: this.contact.identifiers,
      // A case says what a flow hands over, not which one does: it is the one that the flow is there for.
      ...(from === undefined ? {} : { origin: { flow: from, entry: 'another-entry' } }),
    };
    const who = this.contact.entryFacts();
    const reads = entryReads(plan, arrived, who, now);
    const more = reads === null ? {} : this.read({ entry: '', contact: [], groups: [], ...reads });
    const judged = judgeEvent(plan, plan.status, arrived, { ...more, ...who }, now);
    if ('what' in judged) return { reason: [judged.what, judged.detail].filter(Boolean).join(' ') };
    const earlier = this.runs.filter(({ input }) => input.key === judged.key);
    const inside = earlier.filter(({ outcome }) => outcome === null);
    const last = earlier.at(-1);
    const entries = { inside: inside.length, last: last === undefined ? null : Date.parse(last.input.entered) };
    const verdict = judgeReentry(plan.reentry, entries, now, flowZone(plan, this.contact.timezone));
    if (verdict !== 'enter' && verdict !== 'restart') return { reason: verdict };
    return { key: judged.key, ordinal: earlier.length + 1, ending: verdict === 'restart' ? inside : [] };
  }

  private enter(event: FlowEvent, key: string | null, ordinal: number): void {
    const { plan } = this.input;
    const input: RunInput = {
      plan,
      entry: `entry-${this.runs.length + 1}`,
      person: PERSON,
      key,
      event,
      entered: new Date(this.time.now()).toISOString(),
      received: new Date(this.time.now()).toISOString(),
      speed: 1,
    };
    const run = new VirtualRun(workflowId(plan.flow, input.person, key, ordinal), input, {
      start: this.time,
      deliver: (effect) => this.mapp.deliver(effect),
      read: (request) => this.read(request),
    });
    this.runs.push(run);
    this.ends.push(run.run());
  }

  /** Of the flows the contact may be in, a simulation knows one. */
  private read(request: Parameters<VirtualContact['read']>[0]): ReadResult {
    const inside = (flow: string) => flow === this.input.plan.flow && this.inside.length > 0;
    return {
      ...this.contact.read(request, inside),
      ...(request.sends && { sends: this.sends.reactions(request.entry, request.sends) }),
    };
  }

  private decide(step: string, as: HoldDecision): void {
    const what = `${as === 'approved' ? 'approve' : 'reject'} ${step}`;
    for (const run of this.those('held', step, what)) run.tell({ kind: 'decide', step, as });
  }

  private resolve(step: string, as: Resolution): void {
    for (const run of this.those('parked', step, `resolve ${step} as ${as}`)) run.tell({ kind: 'resolve', step, as });
  }

  private command(kind: 'pause' | 'resume'): void {
    if (this.inside.length === 0) this.miss(kind, 'nobody is inside');
    for (const run of this.inside) run.tell({ kind });
  }

  private those(status: 'held' | 'parked', step: string, what: string): VirtualRun[] {
    const there = this.inside.filter(({ position }) => position.status === status && position.step === step);
    if (there.length === 0) this.miss(what, `nobody is ${status} at this step`);
    return there;
  }

  private miss(what: string, detail: string): void {
    this.missed.push({ at: this.time.now(), what, detail });
  }
}

/** Messages of other flows, as the history of a case tells them: `{ event: message_sent, data: { message: welcome } }`. */
function sentBefore({ contact, project }: SimulationInput): SentMessage[] {
  return contact.history.flatMap(({ at, event, data }) => {
    const message = event === 'message_sent' ? project.messages?.[String(data.message)] : undefined;
    return message === undefined ? [] : [{ at, channel: message.channel, by: null }];
  });
}
