import type { Json, JsonObject } from '../plan/json.ts';
import { field, flag, isObject, OWN_FIELDS } from './body.ts';

/** A record as Mapp keeps it: the event's fields without those that name the contact or say what to do. */
export type StoredRecord = JsonObject;

/** Kinds of records that belong to a contact, and the field that is their key. */
const OF_CONTACTS = {
  transaction: 'orderId',
  abandonedcart: 'sku',
  abandonedbrowse: 'sku',
  wishlist: 'sku',
  recommendedproduct: 'sku',
} as const;
export type ContactRecordKind = keyof typeof OF_CONTACTS;

/** Spellings of the same subtype, in lower case (reference: no page prints them all alike). */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['external_event', 'automation'],
  ['related_data', 'relateddata'],
  ['abandoned_cart', 'abandonedcart'],
  ['abandoned_browse', 'abandonedbrowse'],
]);

export function subtypeOf(name: string): string {
  const lower = name.toLowerCase();
  return ALIASES.get(lower) ?? lower;
}

export function isContactRecord(subtype: string): subtype is ContactRecordKind {
  return Object.hasOwn(OF_CONTACTS, subtype);
}

/** An external event that reached the Whiteboard engine. */
export interface AutomationEvent {
  readonly at: string;
  readonly event: string;
  readonly fields: JsonObject;
}

export interface RecordsState {
  readonly ofContacts: ReadonlyMap<string, Map<ContactRecordKind, Map<string, StoredRecord>>>;
  readonly automations: ReadonlyMap<string, AutomationEvent[]>;
  readonly products: ReadonlyMap<string, StoredRecord>;
  readonly coupons: ReadonlyMap<string, string[]>;
  readonly related: ReadonlyMap<string, Map<string, JsonObject[]>>;
}

/** What contacts have beyond attributes and groups, and what belongs to nobody. Answers the name of a missing field, or null. */
export class Records {
  /** by contact, kind and key */
  readonly #ofContacts = new Map<string, Map<ContactRecordKind, Map<string, StoredRecord>>>();
  readonly #automations = new Map<string, AutomationEvent[]>();
  readonly #products = new Map<string, StoredRecord>();
  readonly #coupons = new Map<string, string[]>();
  readonly #related = new Map<string, Map<string, JsonObject[]>>();

  /** Saves or removes what belongs to a contact; a record with the same key is replaced. */
  ofContact(contact: string, kind: ContactRecordKind, body: JsonObject): string | null {
    const key = field(body, OF_CONTACTS[kind]);
    if (key === null) return OF_CONTACTS[kind];
    const kinds = this.#ofContacts.get(contact) ?? new Map<ContactRecordKind, Map<string, StoredRecord>>();
    const records = kinds.get(kind) ?? new Map<string, StoredRecord>();
    if (flag(body, 'delete')) records.delete(key);
    else records.set(key, fieldsOf(body));
    this.#ofContacts.set(contact, kinds.set(kind, records));
    return null;
  }

  automation(contact: string, at: string, body: JsonObject): string | null {
    const event = eventName(body);
    if (event === null) return 'external_event';
    const { external_event: _name, externalEvent: _other, ...fields } = fieldsOf(body);
    this.#automations.set(contact, [...(this.#automations.get(contact) ?? []), { at, event, fields }]);
    return null;
  }

  product(body: JsonObject): string | null {
    const key = field(body, 'productSKU');
    if (key === null) return 'productSKU';
    if (flag(body, 'delete')) this.#products.delete(key);
    else this.#products.set(key, fieldsOf(body));
    return null;
  }

  /** One code; nothing keeps a code from being stored twice. */
  coupon(body: JsonObject): string | null {
    const list = field(body, 'listName');
    const value = field(body, 'value');
    if (list === null || value === null) return list === null ? 'listName' : 'value';
    this.#coupons.set(list, [...(this.#coupons.get(list) ?? []), value]);
    return null;
  }

  /** Keys are kept in lower case. An update without filter deletes all rows of the key and adds one. */
  relatedData(body: JsonObject): string | null {
    const missing = ['datasetName', 'key', 'importMode'].find((name) => field(body, name) === null);
    if (missing !== undefined) return missing;
    const mode = field(body, 'importMode')!.toLowerCase();
    const attributes = body.attributes ?? null;
    if (mode !== 'delete' && !isObject(attributes)) return 'attributes';
    const dataset = this.#related.get(field(body, 'datasetName')!) ?? new Map<string, JsonObject[]>();
    this.#related.set(field(body, 'datasetName')!, dataset);
    const key = field(body, 'key')!.toLowerCase();
    const rows = dataset.get(key) ?? [];
    const filter = isObject(body.filter) ? body.filter : null;
    const meant = (row: JsonObject) => filter === null || matches(row, filter);
    if (mode === 'add') dataset.set(key, [...rows, attributes as JsonObject]);
    else if (mode === 'delete')
      dataset.set(
        key,
        rows.filter((row) => !meant(row)),
      );
    else if (filter === null) dataset.set(key, [attributes as JsonObject]);
    else
      dataset.set(
        key,
        rows.map((row) => (meant(row) ? { ...row, ...(attributes as JsonObject) } : row)),
      );
    return null;
  }

  /** for a checkpoint */
  get state(): RecordsState {
    const [ofContacts, automations] = [this.#ofContacts, this.#automations];
    return { ofContacts, automations, products: this.#products, coupons: this.#coupons, related: this.#related };
  }

  restore({ ofContacts, automations, products, coupons, related }: RecordsState): void {
    for (const [contact, kinds] of ofContacts) this.#ofContacts.set(contact, kinds);
    for (const [contact, events] of automations) this.#automations.set(contact, events);
    for (const [sku, product] of products) this.#products.set(sku, product);
    for (const [list, codes] of coupons) this.#coupons.set(list, codes);
    for (const [dataset, rows] of related) this.#related.set(dataset, rows);
  }

  forget(contact: string): void {
    this.#ofContacts.delete(contact);
    this.#automations.delete(contact);
  }

  clear(): void {
    for (const map of [this.#ofContacts, this.#automations, this.#products, this.#coupons, this.#related]) map.clear();
  }

  /** For the control interface: of what there is nothing, there is no key. */
  viewOf(contact: string): { readonly [kind: string]: readonly unknown[] } {
    const kinds = [...(this.#ofContacts.get(contact) ?? [])].map(([kind, records]): [string, unknown[]] => [
      kind,
      [...records.values()],
    ]);
    const all = [...kinds, ['automation', this.#automations.get(contact) ?? []] as [string, unknown[]]];
    return Object.fromEntries(all.filter(([, records]) => records.length > 0));
  }

  get products(): readonly StoredRecord[] {
    return [...this.#products.values()];
  }

  get coupons(): { readonly [list: string]: readonly string[] } {
    return Object.fromEntries(this.#coupons);
  }

  get relatedDatasets(): { readonly [dataset: string]: { readonly [key: string]: readonly JsonObject[] } } {
    return Object.fromEntries([...this.#related].map(([name, keys]) => [name, Object.fromEntries(keys)]));
  }
}

function eventName(body: JsonObject): string | null {
  return field(body, 'external_event') ?? field(body, 'externalEvent');
}

function fieldsOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => !OWN_FIELDS.has(name) && value !== null));
}

function matches(row: JsonObject, filter: JsonObject): boolean {
  const text = (value: Json | undefined) => (value === undefined || value === null ? '' : String(value));
  return Object.entries(filter).every(([column, value]) => text(row[column]) === text(value));
}
