/** Mapp's contacts: who exists, by which identifiers, with which attributes, in which groups. */

export interface Contact {
  /** Mapp's userID */
  readonly id: string;
  email: string | null;
  mobile: string | null;
  externalId: string | null;
  readonly attributes: Map<string, string>;
  /** by group id; `invited`: double opt-in, not confirmed */
  readonly groups: Map<string, 'member' | 'invited' | 'unsubscribed'>;
  /** by group id, then name: they go with the membership */
  readonly memberAttributes: Map<string, Map<string, string>>;
}

/** The identifiers an event carries; null where it has none of that kind. */
export interface Identifiers {
  readonly id: string | null;
  readonly email: string | null;
  readonly mobile: string | null;
  readonly externalId: string | null;
}

export interface ContactsState {
  readonly nextId: number;
  readonly contacts: readonly Contact[];
}

const FIRST_ID = 1_000_001;

export class Contacts {
  readonly #byId = new Map<string, Contact>();
  readonly #byEmail = new Map<string, Contact>();
  readonly #byMobile = new Map<string, Contact>();
  readonly #byExternalId = new Map<string, Set<Contact>>();
  #nextId = FIRST_ID;

  all(): Iterable<Contact> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Contact | undefined {
    return this.#byId.get(id);
  }

  /**
   * Mapp's precedence (docs.mapp.com "User identifiers in Mapp Connect"): userID, e-mail, mobile number, external
   * identifier; the first that hits wins. An external identifier may belong to several contacts: all are meant.
   */
  find(identifiers: Identifiers): readonly Contact[] {
    const one =
      (identifiers.id !== null && this.#byId.get(identifiers.id)) ||
      (identifiers.email !== null && this.#byEmail.get(emailKey(identifiers.email))) ||
      (identifiers.mobile !== null && this.#byMobile.get(mobileKey(identifiers.mobile))) ||
      null;
    if (one !== null) return [one];
    return identifiers.externalId === null ? [] : [...(this.#byExternalId.get(identifiers.externalId) ?? [])];
  }

  /** A new contact. An external identifier, or an unknown userID, alone never makes one: null. */
  create(identifiers: Identifiers): Contact | null {
    if (identifiers.email === null && identifiers.mobile === null) return null;
    const id = String(this.#nextId++);
    const contact: Contact = {
      id,
      email: null,
      mobile: null,
      externalId: null,
      attributes: new Map(),
      groups: new Map(),
      memberAttributes: new Map(),
    };
    this.#byId.set(id, contact);
    this.learn(contact, identifiers);
    return contact;
  }

  /** Identifiers beside the one that found the contact become its own, unless another contact has them. */
  learn(contact: Contact, { email, mobile, externalId }: Identifiers): void {
    if (email !== null && !this.#byEmail.has(emailKey(email))) {
      if (contact.email !== null) this.#byEmail.delete(emailKey(contact.email));
      contact.email = email;
      this.#byEmail.set(emailKey(email), contact);
    }
    if (mobile !== null && !this.#byMobile.has(mobileKey(mobile))) {
      if (contact.mobile !== null) this.#byMobile.delete(mobileKey(contact.mobile));
      contact.mobile = mobile;
      this.#byMobile.set(mobileKey(mobile), contact);
    }
    if (externalId !== null && externalId !== contact.externalId) {
      if (contact.externalId !== null) this.#byExternalId.get(contact.externalId)?.delete(contact);
      contact.externalId = externalId;
      const holders = this.#byExternalId.get(externalId) ?? new Set();
      this.#byExternalId.set(externalId, holders.add(contact));
    }
  }

  /** for a checkpoint */
  get state(): ContactsState {
    return { nextId: this.#nextId, contacts: [...this.#byId.values()] };
  }

  restore({ nextId, contacts }: ContactsState): void {
    this.#nextId = nextId;
    for (const contact of contacts) {
      const { id, email, mobile, externalId } = contact;
      this.#byId.set(id, contact);
      if (email !== null) this.#byEmail.set(emailKey(email), contact);
      if (mobile !== null) this.#byMobile.set(mobileKey(mobile), contact);
      if (externalId !== null)
        this.#byExternalId.set(externalId, (this.#byExternalId.get(externalId) ?? new Set()).add(contact));
    }
  }

  delete(contact: Contact): void {
    this.#byId.delete(contact.id);
    if (contact.email !== null) this.#byEmail.delete(emailKey(contact.email));
    if (contact.mobile !== null) this.#byMobile.delete(mobileKey(contact.mobile));
    if (contact.externalId !== null) this.#byExternalId.get(contact.externalId)?.delete(contact);
  }

  clear(): void {
    for (const index of [this.#byId, this.#byEmail, this.#byMobile, this.#byExternalId]) index.clear();
    this.#nextId = FIRST_ID;
  }
}

function emailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** Numbers are compared by their digits: `+49 170…`, `0049170…` and `49170…` are one. */
function mobileKey(mobile: string): string {
  return mobile.replace(/\D/g, '').replace(/^00/, '');
}
