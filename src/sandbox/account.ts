import type { JsonObject } from '../plan/json.ts';
import type { Channel } from '../plan/project.ts';
import { field, flag, freeFields, identifiersOf } from './body.ts';
import type { Catalogue } from './catalogue.ts';
import { type Contact, Contacts, type Identifiers } from './contacts.ts';
import { type Feedback, type FeedbackCode, javaDate } from './feedback.ts';
import type { AcceptedCall } from './journal.ts';

/** A message as it left Mapp. */
export interface SentMessage {
  /** when the event was accepted, ISO 8601 UTC */
  readonly at: string;
  readonly channel: Channel;
  readonly messageId: string;
  /** its name in the catalogue; the id where the catalogue lists no messages */
  readonly message: string;
  /** id of the contact */
  readonly contact: string;
  readonly email: string | null;
  readonly mobile: string | null;
  readonly parameters: { readonly [name: string]: string };
  readonly transactionId: string | null;
  readonly appId: string | null;
  /** name of the app in the catalogue */
  readonly app: string | null;
}

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
]);
const USERS: ReadonlySet<string> = new Set(['user', 'newsletter']);

/** The account behind the integration: applies accepted events to contacts, groups and messages. Deduplicates nothing. */
export class Account {
  readonly contacts = new Contacts();
  readonly messages: SentMessage[] = [];
  readonly feedback: Feedback[] = [];
  readonly #catalogue: Catalogue;
  readonly #integrationId: string;

  constructor(catalogue: Catalogue, integrationId: string) {
    this.#catalogue = catalogue;
    this.#integrationId = integrationId;
  }

  apply(call: AcceptedCall): void {
    const subtype = call.subtype.toLowerCase();
    for (const { id, body } of call.events) {
      const event: Event = { at: call.at, id, subtype, body };
      const channel = SENDS.get(subtype);
      if (channel !== undefined) this.#send(event, channel);
      else if (USERS.has(subtype)) this.#user(event);
      else this.#report(event, 'NO_MAPPING', `no active mapping of subtype "${call.subtype}": the event was dropped`);
    }
  }

  clear(): void {
    this.contacts.clear();
    this.messages.length = 0;
    this.feedback.length = 0;
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
        if (group === null) this.contacts.delete(contact);
        else contact.groups.delete(group);
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
      for (const [name, value] of freeFields(body)) setAttribute(contact, name, value);
      if (group !== null) join(contact, group, body);
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
    if (messageId === null || (channel === 'push' && appId === null)) {
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
        if (mapping.attribute) setAttribute(contact, name, value);
        if (mapping.parameter) parameters.push([name, value]);
      }
      this.messages.push({
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
    this.feedback.push({
      errorCode,
      actionTime: javaDate(event.at),
      integration_id: this.#integrationId,
      uuid: event.id,
      mappingName: event.subtype,
      actionParams: event.body,
      description,
    });
  }
}

function setAttribute(contact: Contact, name: string, value: string): void {
  if (value === '') contact.attributes.delete(name);
  else contact.attributes.set(name, value);
}

function join(contact: Contact, group: string, body: JsonObject): void {
  const before = contact.groups.get(group);
  if (before === 'unsubscribed' && flag(body, 'skipUnsubscribers')) return;
  contact.groups.set(group, flag(body, 'doubleOptIn') && before !== 'member' ? 'invited' : 'member');
}
