import type { JsonObject } from '../plan/json.ts';
import type { Channel } from '../plan/project.ts';
import { field, flag, freeFields, identifiersOf } from './body.ts';
import type { Catalogue } from './catalogue.ts';
import { type Contact, Contacts, type Identifiers } from './contacts.ts';
import { type Feedback, type FeedbackCode, javaDate } from './feedback.ts';
import type { AcceptedCall } from './journal.ts';
import { Outbox, type SentMessage } from './outbox.ts';
import type { Reaction } from './reactions.ts';
import { Recent } from './recent.ts';
import { type ContactRecordKind, isContactRecord, Records, subtypeOf } from './records.ts';

/** Items of feedback kept. */
const MOST_FEEDBACK = 20_000;

interface Event {
  readonly at: string;
  readonly id: string;
  readonly subtype: string;
  readonly body: JsonObject;
}

/** Subtypes the account has a mapping for; upper and lower case are the same to it. `newsletter` behaves as `user`. */
const SENDS: ReadonlyMap<string, Channel> = new Map([
  ['email', 'email'],
  ['sms', 'sms'],
  ['push', 'push'],
  ['webpush', 'push'],
]);
const USERS: ReadonlySet<string> = new Set(['user', 'newsletter']);

/** The account behind the integration: applies accepted events to contacts, groups and messages. Deduplicates nothing. */
export class Account {
  readonly contacts = new Contacts();
  readonly outbox = new Outbox();
  readonly reported = new Recent<Feedback>(MOST_FEEDBACK);
  /** told of every item, once the account is live */
  onFeedback: (item: Feedback) => void = () => {};
  /** counts changes, for whoever looks on */
  version = 0;
  readonly records = new Records();
  readonly #catalogue: Catalogue;
  readonly #integrationId: string;

  constructor(catalogue: Catalogue, integrationId: string) {
    this.#catalogue = catalogue;
    this.#integrationId = integrationId;
  }

  /** the latest ones, oldest first */
  get messages(): readonly SentMessage[] {
    return this.outbox.messages;
  }

  get feedback(): readonly Feedback[] {
    return this.reported.list;
  }

  apply(call: AcceptedCall): void {
    this.version += 1;
    const subtype = subtypeOf(this.#catalogue.subtype(call.subtype));
    for (const { id, body } of call.events) {
      const event: Event = { at: call.at, id, subtype, body };
      const channel = SENDS.get(subtype);
      if (channel !== undefined) this.#send(event, channel);
      else if (USERS.has(subtype)) this.#user(event);
      else if (isContactRecord(subtype)) this.#record(event, subtype);
      else if (subtype === 'automation') this.#automation(event);
      else if (subtype === 'product') this.#missing(event, this.records.product(body));
      else if (subtype === 'coupon') this.#missing(event, this.records.coupon(body));
      else if (subtype === 'relateddata') this.#missing(event, this.records.relatedData(body));
      else this.#report(event, 'NO_MAPPING', `no active mapping of subtype "${call.subtype}": the event was dropped`);
    }
  }

  clear(): void {
    this.contacts.clear();
    this.outbox.clear();
    this.reported.clear();
    this.version += 1;
    this.records.clear();
  }

  /** A contact who unsubscribes leaves every group: which of them a message belongs to is not in the catalogue. */
  react(message: string, reaction: Reaction): void {
    this.version += 1;
    this.outbox.react(message, reaction);
    if (reaction.event !== 'message_unsubscribed') return;
    const groups = this.contacts.get(this.outbox.get(message)?.contact ?? '')?.groups;
    for (const group of groups?.keys() ?? []) groups!.set(group, 'unsubscribed');
  }

  #user(event: Event): void {
    const { body } = event;
    const identifiers = identifiersOf(body);
    if (Object.values(identifiers).every((value) => value === null)) {
      this.#report(event, 'MISSING_FIELD', 'userID, email, mobileNumber or externalID is missing');
      return;
    }
    const group = field(body, 'group');
    if (group !== null && this.#catalogue.group(group) === null) {
      this.#report(event, 'UNKNOWN_GROUP', `there is no group "${group}": the event was dropped`);
      return;
    }
    const found = this.contacts.find(identifiers);
    if (flag(body, 'delete') || flag(body, 'unsubscribe')) this.#leave(event, found, group);
    else this.#upsert(event, found, identifiers, group);
  }

  /** `delete` with a group leaves the group, without one it deletes the contact; `unsubscribe` needs a group. */
  #leave(event: Event, found: readonly Contact[], group: string | null): void {
    if (found.length === 0) this.#report(event, 'UNKNOWN_CONTACT', 'there is no such contact');
    for (const contact of found) {
      if (flag(event.body, 'delete')) {
        if (group === null) {
          this.contacts.delete(contact);
          this.records.forget(contact.id);
        } else {
          contact.groups.delete(group);
          contact.memberAttributes.delete(group);
        }
      } else if (group === null) {
        this.#report(event, 'MISSING_FIELD', 'unsubscribe needs the field group');
      } else {
        contact.groups.set(group, 'unsubscribed');
      }
    }
  }

  #upsert(event: Event, found: readonly Contact[], identifiers: Identifiers, group: string | null): void {
    const { body } = event;
    const targets = found.length > 0 || flag(body, 'updateonly') ? found : this.#create(event, identifiers, group);
    if (targets.length === 0) {
      this.#report(event, 'UNKNOWN_CONTACT', 'there is no such contact, and none can be made of this event');
      return;
    }
    for (const contact of targets) {
      this.contacts.learn(contact, identifiers);
      if (group !== null) join(contact, group, body);
      for (const [name, value] of freeFields(body)) this.#write(event, contact, name, value);
    }
    if (field(body, 'messageId') !== null) for (const contact of targets) this.#deliver(event, 'email', contact, false);
  }

  #create(event: Event, identifiers: Identifiers, group: string | null): readonly Contact[] {
    const contact = this.contacts.create(identifiers);
    // Mapp makes no contact without a group. This account knows nobody at first, where a shop's knows its customers:
    // so the contact is made, and the report says what Mapp would have done with one it does not know.
    if (contact !== null && group === null) {
      this.#report(
        event,
        'MISSING_FIELD',
        'group is missing: Mapp would drop this event for a contact that it does not know yet',
      );
    }
    return contact === null ? [] : [contact];
  }

  /** A name such as `10144:Tier` is that of a member attribute. */
  #write(event: Event, contact: Contact, name: string, value: string): void {
    const [, group, own] = /^(\d+):(.+)$/s.exec(name) ?? [];
    if (group === undefined || own === undefined) {
      setAttribute(contact.attributes, name, value);
    } else if (contact.groups.get(group) === undefined) {
      this.#report(event, 'NO_MEMBER', `the contact is not in group "${group}", so it has no attribute "${own}" there`);
    } else {
      const attributes = contact.memberAttributes.get(group) ?? new Map<string, string>();
      setAttribute(attributes, own, value);
      contact.memberAttributes.set(group, attributes);
    }
  }

  /** Mapp saves a row of a contact it does not know nowhere; an order makes one, as a message does. */
  #record(event: Event, kind: ContactRecordKind): void {
    const contact = this.#addressed(event, kind === 'transaction' && !flag(event.body, 'delete'));
    if (contact === null) return;
    const missing = this.records.ofContact(contact.id, kind, event.body);
    this.#missing(event, missing);
    if (missing === null && kind === 'transaction' && field(event.body, 'messageId') !== null)
      this.#deliver(event, 'email', contact, false);
  }

  #automation(event: Event): void {
    const contact = this.#addressed(event, true);
    if (contact !== null) this.#missing(event, this.records.automation(contact.id, event.at, event.body));
  }

  /** The contact that an event is about; what is missing is reported. */
  #addressed(event: Event, make: boolean): Contact | null {
    const identifiers = { ...identifiersOf(event.body), externalId: null }; // it finds contacts in `user` events only
    if (Object.values(identifiers).every((value) => value === null)) {
      this.#missing(event, 'email');
      return null;
    }
    const contact = this.contacts.find(identifiers)[0] ?? (make ? this.contacts.create(identifiers) : null);
    if (contact === null) this.#report(event, 'UNKNOWN_CONTACT', 'there is no such contact: nothing was saved');
    return contact;
  }

  #missing(event: Event, name: string | null): void {
    if (name !== null) this.#report(event, 'MISSING_FIELD', `${name} is missing`);
  }

  #send(event: Event, channel: Channel): void {
    const identifiers = { ...identifiersOf(event.body), externalId: null }; // it finds contacts in `user` events only
    const group = field(event.body, 'group');
    if (Object.values(identifiers).every((value) => value === null)) {
      if (channel !== 'email' || group === null) this.#report(event, 'MISSING_FIELD', 'the recipient is missing');
      else
        for (const contact of this.contacts.all())
          if (contact.groups.get(group) === 'member') this.#deliver(event, channel, contact, true);
      return;
    }
    const contact = this.contacts.find(identifiers)[0] ?? this.contacts.create(identifiers);
    if (contact === null)
      this.#report(event, 'UNKNOWN_CONTACT', 'there is no such contact, and none can be made of this event');
    else this.#deliver(event, channel, contact, true);
  }

  /** `mapped`: the fields of the event are the message's parameters and, where the mapping says so, attributes. */
  #deliver(event: Event, channel: Channel, contact: Contact, mapped: boolean): void {
    const { body } = event;
    const idField = channel === 'push' ? 'pushMessageId' : 'messageId';
    const messageId = field(body, idField);
    const appId = channel === 'push' ? field(body, 'mobileAppId') : null;
    if (messageId === null || (event.subtype === 'push' && appId === null)) {
      this.#report(event, 'MISSING_FIELD', `${messageId === null ? idField : 'mobileAppId'} is missing`);
      return;
    }
    const known = this.#catalogue.message(channel, messageId);
    const app = appId === null ? null : this.#catalogue.app(appId);
    const { email, mobile } = contact;
    if (known === null) this.#report(event, 'UNKNOWN_MESSAGE', `there is no ${channel} message "${messageId}"`);
    else if (appId !== null && app === null) this.#report(event, 'UNKNOWN_APP', `there is no app "${appId}"`);
    else if (channel !== 'push' && (channel === 'email' ? email : mobile) === null) {
      this.#report(
        event,
        'NO_ADDRESS',
        `the contact has no ${channel === 'email' ? 'e-mail address' : 'mobile number'}`,
      );
    } else {
      const parameters: [string, string][] = [];
      for (const [name, value] of mapped ? freeFields(body) : []) {
        const mapping = this.#catalogue.mapping(known.message, name);
        if (mapping.attribute) setAttribute(contact.attributes, name, value);
        if (mapping.parameter) parameters.push([name, value]);
      }
      const further = this.messages.at(-1)?.id.startsWith(event.id) === true; // one event may send to many
      this.outbox.push({
        id: further ? `${event.id}.${contact.id}` : event.id,
        at: event.at,
        channel,
        messageId,
        message: known.name,
        contact: contact.id,
        email,
        mobile,
        parameters: Object.fromEntries(parameters),
        transactionId: field(body, 'externalTransactionFormula'),
        appId,
        app,
      });
    }
  }

  #report(event: Event, errorCode: FeedbackCode, description: string): void {
    const item: Feedback = {
      errorCode,
      actionTime: javaDate(event.at),
      integration_id: this.#integrationId,
      uuid: event.id,
      mappingName: event.subtype,
      actionParams: event.body,
      description,
    };
    this.reported.push(item);
    this.onFeedback(item);
  }
}

function setAttribute(attributes: Map<string, string>, name: string, value: string): void {
  if (value === '') attributes.delete(name);
  else attributes.set(name, value);
}

function join(contact: Contact, group: string, body: JsonObject): void {
  const before = contact.groups.get(group);
  if (before === 'unsubscribed' && flag(body, 'skipUnsubscribers')) return;
  contact.groups.set(group, flag(body, 'doubleOptIn') && before !== 'member' ? 'invited' : 'member');
}
