/** Effects and their outcomes as the ledger keeps them: storable, and sealed where the store is encrypted. */
import type { Kysely } from 'kysely';
import type { Effect, Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import { PersonErased } from '../store/crypto/key-table.ts';
import { sealOperations } from '../store/crypto/seal-operation.ts';
import { sealSentences } from '../store/crypto/seal-sentences.ts';
import { sealFields, vaultOf } from '../store/crypto/vault.ts';
import type { Tables } from '../store/tables.ts';
import { canonicalPerson } from './canonical-person.ts';
import { targetOf } from './nature.ts';
import type { Statement } from './statement.ts';
import { storableJson, storableText } from './storable.ts';

/** Runs a statement of the ledger, inside a transaction or not. */
export type Run = <Row>(statement: Statement, values: readonly unknown[]) => Promise<Row[]>;

interface OfPerson {
  readonly id: string;
  readonly person: string;
}

const OF_ENTRIES: Statement = {
  name: 'delivery-persons-of-entries',
  text: `
  select e.id::text, canonical.id::text as person from entries e cross join ${canonicalPerson('e.person')}
  where e.id = any($1::uuid[])`,
};

const OF_ROWS: Statement = {
  name: 'delivery-persons-of-rows',
  text: `
  select d.key as id, canonical.id::text as person from deliveries d cross join ${canonicalPerson('d.person')}
  where d.key = any($1::text[])`,
};

export interface EffectAtRest {
  /** JSON */
  readonly operation: string;
  readonly target: string;
}

/** By key. An effect of a run that the store does not know, or no longer, is missing where the store is encrypted. */
export async function effectsAtRest(
  db: Kysely<Tables>,
  run: Run,
  effects: readonly Effect[],
): Promise<Map<string, EffectAtRest>> {
  if (vaultOf(db) === null) {
    return new Map(
      effects.map(({ key, operation }) => [key, { operation: storableJson(operation), target: targetOf(operation) }]),
    );
  }
  const persons = await personsOf(
    run,
    OF_ENTRIES,
    effects.map(({ entry }) => entry),
  );
  return unlessErased(persons, async () => {
    const known = effects.filter(({ entry }) => persons.has(entry));
    const sealed = await sealOperations(
      db,
      known.map(({ entry, operation }) => ({
        person: persons.get(entry)!,
        operation: JSON.parse(storableJson(operation)) as Operation,
      })),
    );
    // What stands for a webhook is its address, which may name somebody.
    const addresses = await sealSentences(
      vaultOf(db),
      known.map(({ entry, operation }) => ({
        person: persons.get(entry)!,
        text: operation.type === 'webhook' ? targetOf(operation) : null,
      })),
    );
    return new Map(
      known.map(({ key, operation }, n) => [
        key,
        { operation: JSON.stringify(sealed[n]), target: addresses[n] ?? targetOf(operation) },
      ]),
    );
  });
}

export interface Outcome {
  readonly key: string;
  readonly reason: string | null;
  readonly answer?: JsonObject;
}

export interface OutcomeAtRest {
  readonly reason: string | null;
  /** JSON */
  readonly answer: string | null;
}

/** In the order given. Of a row that is gone nothing is left. */
export async function outcomesAtRest(
  db: Kysely<Tables>,
  run: Run,
  outcomes: readonly Outcome[],
): Promise<OutcomeAtRest[]> {
  const storable = outcomes.map(({ reason, answer }) => ({
    reason: reason === null ? null : storableText(reason),
    answer: answer === undefined ? null : storableJson(answer),
  }));
  const vault = vaultOf(db);
  const telling = outcomes.filter(({ reason, answer }) => reason !== null || answer !== undefined);
  if (vault === null || telling.length === 0) return storable;
  const persons = await personsOf(
    run,
    OF_ROWS,
    telling.map(({ key }) => key),
  );
  return unlessErased(persons, async () => {
    const of = outcomes.map(({ key }) => persons.get(key));
    const known = storable.flatMap((one, n) => (of[n] === undefined ? [] : [{ ...one, person: of[n], n }]));
    const reasons = await sealSentences(
      vault,
      known.map(({ person, reason }) => ({ person, text: reason })),
    );
    const answers = await sealFields(
      db,
      known.map(({ person, answer }) => ({
        person,
        value: { answer: answer === null ? null : (JSON.parse(answer) as JsonObject) },
        fields: [{ name: 'answer' }],
      })),
    );
    const sealed = new Map(known.map(({ n }, at) => [n, { reason: reasons[at]!, answer: answers[at]!.answer }]));
    return outcomes.map((_, n) => {
      const { reason = null, answer = null } = sealed.get(n) ?? {};
      return { reason, answer: answer === null ? null : JSON.stringify(answer) };
    });
  });
}

async function personsOf(run: Run, statement: Statement, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await run<OfPerson>(statement, [[...new Set(ids)]]);
  return new Map(rows.map(({ id, person }) => [id, person]));
}

/** Whoever is erased meanwhile is taken out, so that it costs nobody else anything. */
async function unlessErased<T>(persons: Map<string, string>, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const erased = error instanceof PersonErased ? [...persons].filter(([, person]) => person === error.person) : [];
      if (erased.length === 0) throw error;
      for (const [id] of erased) persons.delete(id);
    }
  }
}
