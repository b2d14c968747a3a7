/** What effects do, as the ledger keeps it: readable stays what SQL asks for, such as types, channels, messages and groups. */
import type { Kysely } from 'kysely';
import type { Handover, Operation } from '../../plan/effect.ts';
import type { JsonObject } from '../../plan/json.ts';
import type { Tables } from '../tables.ts';
import { sealValues } from './seal-values.ts';
import { type SealedField, sealFields, type Vault, vaultOf } from './vault.ts';

type AnyOperation = Operation | Handover;

/** Fields that are sealed whole. Of `set` each value is, as SQL writes them to the profile one by one. */
const PERSONAL: { readonly [T in AnyOperation['type']]: readonly string[] } = {
  send: ['parameters'],
  profile: [],
  count: ['add'],
  group: [],
  group_send: [],
  delete_contact: [],
  record: ['fields', 'filter'],
  automation: ['fields'],
  webhook: ['url', 'headers', 'body'],
  handover: ['data', 'contact'],
};

/** Operations as `deliveries.operation` holds them. `person`: whose profile they write to. */
export async function sealOperations(
  db: Kysely<Tables>,
  items: readonly { readonly person: string; readonly operation: AnyOperation }[],
): Promise<AnyOperation[]> {
  const vault = vaultOf(db);
  if (vault === null) return items.map(({ operation }) => operation);
  const whole = await sealFields(
    db,
    items.map(({ person, operation }) => ({ person, value: operation, fields: fieldsOf(vault, operation) })),
  );
  const sets = await sealSets(
    vault,
    items.map(({ person, operation }) => ({ person, set: setOf(operation) })),
  );
  return whole.map((operation, n) => (setOf(operation) === undefined ? operation : { ...operation, set: sets[n]! }));
}

/** Attribute values that are to be written, each sealed as `persons.attributes` holds it. */
export async function sealSets(
  vault: Vault | null,
  items: readonly { readonly person: string; readonly set: JsonObject | undefined }[],
): Promise<JsonObject[]> {
  const sealed = await sealValues(
    vault,
    items.flatMap(({ person, set = {} }) => Object.values(set).map((value) => ({ person, value }))),
  );
  let next = 0;
  return items.map(({ set = {} }) => Object.fromEntries(Object.keys(set).map((name) => [name, sealed[next++]!])));
}

/** The form that feedback finds a transaction id by. */
export function transactionForm(vault: Vault | null, id: string): string {
  return vault?.lookup('transaction', id) ?? id;
}

function setOf(operation: AnyOperation): JsonObject | undefined {
  return 'set' in operation ? operation.set : undefined;
}

function fieldsOf(vault: Vault, operation: AnyOperation): SealedField[] {
  return [
    ...PERSONAL[operation.type].map((name) => ({ name, beside: name === 'fields' ? messageOf(operation) : {} })),
    ...(operation.type === 'send' && operation.transactionId !== null
      ? [{ name: 'transactionId', beside: { is: transactionForm(vault, operation.transactionId) } }]
      : []),
  ];
}

/** A transaction may send a message: it is looked for by its id. */
function messageOf(operation: AnyOperation): JsonObject {
  const id = operation.type === 'record' ? operation.fields.messageId : undefined;
  return id === undefined ? {} : { messageId: id };
}
