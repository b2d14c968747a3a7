/** One contact as the store would know them: identifiers, attributes, groups, what happened to them. */

import type { World } from '../interpreter/world.ts';
import { type Consent, type ConsentFact, type ConsentWord, factOf, refusedBy } from '../plan/consent.ts';
import type { AnyEffect, Operation, ReadResult } from '../plan/effect.ts';
import { type Contact, type FlowEvent, IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import type { Channel, Project } from '../plan/project.ts';
import type { CaseContact } from '../plan/test-case.ts';
import { normalizeIdentifier } from '../store/identifiers.ts';

type Request = Parameters<World['read']>[0];
type Catalogue = Pick<Project, 'groups' | 'timezone_attribute'>;

export class VirtualContact {
  readonly identifiers: Contact;
  private readonly attributes: Map<string, Json>;
  /** member attributes, by group id */
  private readonly members = new Map<string, Map<string, Json>>();
  private readonly groups: Set<string>;
  private readonly happened: { readonly at: number; readonly event: string; readonly data: JsonObject }[];
  private readonly refused = new Map<Channel, { [F in ConsentFact]?: boolean }>();
  private readonly ownZone: string | null;
  private readonly catalogue: Catalogue;

  constructor(facts: CaseContact, catalogue: Catalogue) {
    this.identifiers = facts.identifiers;
    this.attributes = new Map(Object.entries(facts.attributes));
    this.groups = new Set(facts.groups);
    this.happened = facts.history.map(({ at, event, data }) => ({ at, event, data }));
    this.ownZone = facts.timezone;
    for (const channel of facts.unsubscribed ?? []) this.tell({ [channel]: 'unsubscribed' });
    for (const channel of facts.blocked ?? []) this.tell({ [channel]: 'blocked' });
    this.catalogue = catalogue;
  }

  /** the contact's own zone where there is one that this Node knows */
  get timezone(): string | null {
    const { timezone_attribute: attribute } = this.catalogue;
    const zone = this.ownZone ?? (attribute === null ? null : this.attributes.get(attribute));
    return typeof zone === 'string' && isZone(zone) ? zone : null;
  }

  /** as `on` and `key` of a flow see it */
  entryFacts() {
    const contact = { ...Object.fromEntries(this.attributes), ...this.identifiers, timezone: this.timezone };
    return { contact, groups: Object.fromEntries([...this.groups].map((id) => [id, true])), timezone: this.timezone };
  }

  /** The attribute of this name; undefined: none is known. */
  knownValue(name: Json | undefined): Json | undefined {
    return typeof name === 'string' ? this.attributes.get(name) : undefined;
  }

  /** An event of this name was accepted; reserved ones say what they changed. */
  happens(event: string, data: JsonObject, at: number): void {
    this.happened.push({ at, event, data });
    if (event === 'attribute_changed' && typeof data.name === 'string') {
      this.attributes.set(data.name, data.to ?? null);
    }
    if (event === 'group_joined' || event === 'group_left') {
      const { groups } = this.catalogue;
      const name = String(data.group);
      if (groups !== null && Object.hasOwn(groups, name)) this.joins(groups[name]!, event === 'group_joined');
    }
  }

  /** The data of an event that is about to happen; a purchase says whether it is the first (`store/first-purchase.ts`). */
  whetherFirst({ name, data }: Pick<FlowEvent, 'name' | 'data'>): JsonObject {
    if (name !== 'purchase' || typeof data.first === 'boolean') return data;
    return { ...data, first: this.happened.every(({ event }) => event !== 'purchase') };
  }

  /** What somebody says of whether messages may go to the contact. */
  tell(consent: Consent): void {
    for (const [channel, word] of Object.entries(consent) as [Channel, ConsentWord][]) {
      const { fact, holds } = factOf(word);
      this.refused.set(channel, { ...this.refused.get(channel), [fact]: holds });
    }
  }

  /** Why a message is not sent to the contact; null: it may go. */
  refuses({ channel, priority }: Extract<Operation, { type: 'send' }>): ConsentFact | null {
    return refusedBy(this.refused.get(channel) ?? {}, priority);
  }

  /** A group, by its id. */
  joins(id: string, member: boolean): void {
    if (member) this.groups.add(id);
    else this.groups.delete(id);
  }

  /** What an accepted effect wrote, for later steps to see. Joining with double opt-in makes nobody a member until they confirm. */
  written({ operation }: AnyEffect): void {
    if (operation.type === 'send') this.write(operation.set);
    else if (operation.type === 'profile') this.write(operation.set, operation.group?.id);
    else if (operation.type === 'count') this.write(operation.set ?? {}, operation.group?.id);
    else if (operation.type === 'group' && !(operation.action === 'add' && operation.optIn === 'double')) {
      this.joins(operation.group.id, operation.action === 'add');
    } else if (operation.type === 'delete_contact') this.groups.clear();
  }

  /** The values that adding to attributes comes to; one that is missing, or no number, counts from 0. */
  counted({ add, group }: Extract<Operation, { type: 'count' }>): JsonObject {
    const known = group === undefined ? this.attributes : this.members.get(group.id);
    return Object.fromEntries(
      Object.entries(add).map(([name, by]) => {
        const value = Number(known?.get(name) ?? 0);
        return [name, (Number.isFinite(value) ? value : 0) + by];
      }),
    );
  }

  private write(set: JsonObject, group?: string): void {
    const into = group === undefined ? this.attributes : (this.members.get(group) ?? new Map<string, Json>());
    if (group !== undefined) this.members.set(group, into);
    for (const [name, value] of Object.entries(set)) into.set(name, value);
  }

  /** `inside`: the flows that the contact is in */
  read(request: Request, inside: (flow: string) => boolean): ReadResult {
    const { contact, groups, flows, counts } = request;
    return {
      contact: Object.fromEntries(contact.map((name) => [name, this.field(name)])),
      groups: Object.fromEntries(groups.map((id) => [id, this.groups.has(id)])),
      ...(flows && { flows: Object.fromEntries(flows.map((flow) => [flow, inside(flow)])) }),
      ...(counts && {
        counts: Object.fromEntries(counts.map(({ key, event, since }) => [key, this.count(event, since)])),
      }),
      ...(request.identity && { identity: this.firstIdentifier() }),
      ...(request.reactions && { reactions: this.reactions() }),
      ...(request.past && { past: this.past(request.past) }),
    };
  }

  private field(name: string): Json {
    if (name === 'timezone') return this.timezone;
    if (name === 'email' || name === 'mobile' || name === 'external_id') return this.identifiers[name] ?? null;
    return this.attributes.get(name) ?? null;
  }

  private count(event: string, since: string): number {
    const from = Date.parse(since);
    return this.happened.filter((one) => one.event === event && one.at >= from).length;
  }

  private past({ events, since, before }: NonNullable<Request['past']>): FlowEvent[] {
    return this.happened
      .map(({ at, event, data }, i) => ({ at, event: { name: event, id: `past-${i}`, source: 'api', data } }))
      .filter(({ at, event }) => events.includes(event.name) && at >= Date.parse(since) && at < Date.parse(before))
      .sort((a, b) => a.at - b.at)
      .map(({ at, event }) => ({ ...event, time: new Date(at).toISOString() }));
  }

  private firstIdentifier(): string {
    const kind = IDENTIFIER_KINDS.find((one) => this.identifiers[one] !== undefined);
    return kind === undefined ? '' : normalizeIdentifier(kind, this.identifiers[kind]!);
  }

  /** opens and clicks, newest first, in minutes since the epoch */
  private reactions(): number[] {
    return this.happened
      .filter(({ event }) => event === 'message_opened' || event === 'message_clicked')
      .map(({ at }) => Math.floor(at / 60_000))
      .sort((a, b) => b - a)
      .slice(0, 200);
  }
}
