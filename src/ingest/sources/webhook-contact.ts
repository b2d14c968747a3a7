/** Whom an event of a free-form producer is about. */
import { type Contact, IDENTIFIER_KINDS, type IdentifierKind } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { type ReadIdentifier, readIdentifier } from '../contact.ts';
import { isObject } from './values.ts';

const SPELLINGS: { readonly [K in IdentifierKind]: readonly string[] } = {
  mapp_id: ['mapp_id', 'mappId'],
  email: ['email'],
  mobile: ['mobile', 'phone'],
  external_id: ['external_id', 'externalId'],
};

export interface FoundContact {
  readonly contact: Contact;
  /** identifiers that cannot be used, with the field they stand in, as a JSON pointer into `data` */
  readonly problems: readonly (readonly [pointer: string, detail: string])[];
}

/** CONTRACT.md §3: `data.contact.*`, else `data.email`. Both spellings of names are taken: `external_id`, `externalId`. */
export function contactIn(data: JsonObject): FoundContact {
  if (!isObject(data.contact)) return identifiersIn({ email: data.email ?? null }, '');
  const found = identifiersIn(data.contact, '/contact');
  return Object.keys(found.contact).length > 0 || found.problems.length > 0
    ? found
    : identifiersIn({ email: data.email ?? null }, '');
}

function identifiersIn(given: JsonObject, at: string): FoundContact {
  const contact: { -readonly [K in keyof Contact]: string } = {};
  const problems: [string, string][] = [];
  for (const kind of IDENTIFIER_KINDS) {
    const name = SPELLINGS[kind].find((one) => (given[one] ?? null) !== null) ?? kind;
    const { value, problem }: ReadIdentifier = readIdentifier(kind, given[name]);
    if (problem !== undefined) problems.push([`${at}/${name}`, problem]);
    if (value !== undefined) contact[kind] = value;
  }
  return { contact, problems };
}

/** The first of `candidates` that can address a contact of this kind. */
export function firstIdentifier(kind: IdentifierKind, ...candidates: readonly (Json | undefined)[]): Contact {
  for (const candidate of candidates) {
    const { value } = readIdentifier(kind, candidate);
    if (value !== undefined) return { [kind]: value };
  }
  return {};
}
