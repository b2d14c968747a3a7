import { createHmac } from 'node:crypto';
import type { Kysely, KyselyPlugin, PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely';
import type { IdentifierKind } from '../../plan/event.ts';
import type { JsonObject } from '../../plan/json.ts';
import { decrypt, encrypt, encryptStable } from '../../system/aes-gcm.ts';
import { normalizeIdentifier } from '../identifiers.ts';
import type { Tables } from '../tables.ts';
import type { FoundKey, KeyTable } from './key-table.ts';
import type { MasterKeys } from './master-keys.ts';

/**
 * A sealed text in a column, or inside jsonb: `sealed:p:PERSON:BASE64`. A sealed part of a JSON value is an object
 * `{ "sealed": … }`, where what SQL has to see may stand beside.
 */
export const SEALED_PREFIX = 'sealed:p:';
/** begins every `identifiers.value` of an encrypted store */
export const LOOKUP_PREFIX = 'lookup:1:';
const SEALED = /^sealed:p:([0-9a-f-]{36}):([A-Za-z0-9+/=]+)$/;

/**
 * Personal data at rest, each person's under a key of their own, so that a destroyed key is enough to forget them. Writers
 * seal; whatever is read through Kysely or `query` of the ledger comes opened.
 */
export interface Vault {
  readonly keys: KeyTable;
  readonly masters: MasterKeys;
  /** for what belongs to no single person */
  readonly storeKey: Buffer;
  /** how an identifier is looked up: keyed, so that nobody can try addresses without the key */
  lookup(kind: string, normalized: string): string;
  /** in the order given */
  seal(texts: readonly PersonalText[]): Promise<string[]>;
  /** The same, but equal texts of one person give the same sealed text, so that SQL may compare what it cannot read. */
  sealStable(texts: readonly PersonalText[]): Promise<string[]>;
  /** Opens every sealed text in the rows; one whose key is destroyed becomes null. The same rows where nothing is sealed. */
  open<Row>(rows: Row[]): Promise<Row[]>;
}

export interface PersonalText {
  /** whose key it goes under */
  readonly person: string;
  readonly text: string;
}

/** @param storeKey of `STORE_KEY` (`key-table.ts`) */
export function createVault(keys: KeyTable, storeKey: Buffer, masters: MasterKeys): Vault {
  const lookupKey = createHmac('sha256', storeKey).update('lookup').digest();
  return {
    keys,
    masters,
    storeKey,
    lookup: (kind, normalized) =>
      `${LOOKUP_PREFIX}${createHmac('sha256', lookupKey).update(`${kind} ${normalized}`).digest('base64url')}`,
    seal: (texts) => sealTexts(keys, encrypt, texts),
    sealStable: (texts) => sealTexts(keys, encryptStable, texts),
    async open(rows) {
      const persons = new Set<string>();
      for (const row of rows) collect(row, persons);
      if (persons.size === 0) return rows;
      const found = await keys.find([...persons]);
      return rows.map((row) => opened(row, found) as typeof row);
    },
  };
}

async function sealTexts(
  keys: KeyTable,
  encryptBytes: typeof encrypt,
  texts: readonly PersonalText[],
): Promise<string[]> {
  if (texts.length === 0) return [];
  const found = await keys.provide([...new Set(texts.map(({ person }) => person))]);
  return texts.map(({ person, text }) => {
    const bytes = encryptBytes(found.get(person)!, Buffer.from(text));
    return `${SEALED_PREFIX}${person}:${bytes.toString('base64')}`;
  });
}

function collect(value: unknown, persons: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith(SEALED_PREFIX)) {
      const person = SEALED.exec(value)?.[1];
      if (person !== undefined) persons.add(person);
    }
  } else if (isPlain(value)) for (const part of Object.values(value)) collect(part, persons);
}

function opened(value: unknown, keys: ReadonlyMap<string, FoundKey>): unknown {
  if (typeof value === 'string') return value.startsWith(SEALED_PREFIX) ? openText(value, keys) : value;
  if (Array.isArray(value)) return value.map((part) => opened(part, keys));
  if (!isPlain(value)) return value;
  const { sealed, ...beside } = value as { sealed?: unknown };
  if (typeof sealed === 'string' && SEALED.test(sealed)) {
    const text = openText(sealed, keys);
    if (text === null) return openedParts(beside, keys);
    if (text !== sealed) {
      const content = JSON.parse(text) as unknown;
      return isPlain(content) && !Array.isArray(content) ? { ...openedParts(beside, keys), ...content } : content;
    }
  }
  return openedParts(value, keys);
}

function openedParts(value: object, keys: ReadonlyMap<string, FoundKey>): object {
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, opened(part, keys)]));
}

/** Null: its key is destroyed. A text that only looks sealed, as a producer may send one, stays as it is. */
function openText(value: string, keys: ReadonlyMap<string, FoundKey>): string | null {
  const [, person, data] = SEALED.exec(value) ?? [];
  const key = person === undefined ? undefined : keys.get(person);
  if (key === 'destroyed') return null;
  if (key === undefined) return value;
  return decrypt(key, Buffer.from(data!, 'base64'))?.toString() ?? value;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || isRecord(value));
}

/** Neither Date nor Buffer, nor whatever else a driver makes of a column. */
function isRecord(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/** Opens what Kysely reads, inside transactions too. */
export class OpeningPlugin implements KyselyPlugin {
  readonly vault: Vault;
  constructor(vault: Vault) {
    this.vault = vault;
  }
  transformQuery({ node }: PluginTransformQueryArgs) {
    return node;
  }
  async transformResult({ result }: PluginTransformResultArgs) {
    return { ...result, rows: await this.vault.open(result.rows) };
  }
}

/** The vault of a store, also from inside a transaction; null: the store is not encrypted. */
export function vaultOf(db: Kysely<Tables>): Vault | null {
  const plugin = db.getExecutor().plugins.find((one) => one instanceof OpeningPlugin);
  return plugin instanceof OpeningPlugin ? plugin.vault : null;
}

/** The form in which an identifier stands in `identifiers.value`. */
export function lookupForm(db: Kysely<Tables>, kind: IdentifierKind, text: string): string {
  const normalized = normalizeIdentifier(kind, text);
  return vaultOf(db)?.lookup(kind, normalized) ?? normalized;
}

/** JSON values of persons with some of their fields sealed; as they are where the store is not encrypted, or nothing is in them. */
export async function sealFields<T extends object>(
  db: Kysely<Tables>,
  items: readonly { readonly person: string; readonly value: T; readonly fields: readonly SealedField[] }[],
): Promise<T[]> {
  const vault = vaultOf(db);
  if (vault === null) return items.map(({ value }) => value);
  const parts = items.flatMap(({ person, value, fields }, item) =>
    fields
      .map(({ name, beside }) => ({ item, person, name, beside, content: (value as JsonObject)[name] }))
      .filter(({ content }) => !isEmpty(content)),
  );
  if (parts.length === 0) return items.map(({ value }) => value);
  const texts = await vault.seal(parts.map(({ person, content }) => ({ person, text: JSON.stringify(content) })));
  const sealed = items.map(({ value }): JsonObject => ({ ...(value as JsonObject) }));
  for (const [n, { item, name, beside }] of parts.entries()) {
    sealed[item] = { ...sealed[item], [name]: { ...beside, sealed: texts[n]! } };
  }
  return sealed as T[];
}

/** `beside`: what of it SQL has to see. */
export interface SealedField {
  readonly name: string;
  readonly beside?: JsonObject;
}

function isEmpty(content: unknown): boolean {
  if (content === undefined || content === null) return true;
  return typeof content === 'object' && Object.keys(content).length === 0;
}
