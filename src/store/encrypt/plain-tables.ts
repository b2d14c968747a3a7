/** Which columns hold what is personal, and how rows from before the key come into the form that writers give them. */
import type { Kysely } from 'kysely';
import type { Effect } from '../../plan/effect.ts';
import type { CanonicalEvent, FlowEvent } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import type { RunPosition, TrailLine } from '../../plan/notice.ts';
import type { Sealer } from '../../system/seal.ts';
import { sealEvents } from '../crypto/seal-event.ts';
import { keyForms } from '../crypto/seal-ids.ts';
import { sealNotices } from '../crypto/seal-notice.ts';
import { sealOperations } from '../crypto/seal-operation.ts';
import { sealLines, sealPositions } from '../crypto/seal-report.ts';
import { sealSentences } from '../crypto/seal-sentences.ts';
import { type Attributes, sealAttributes, sealColumn } from '../crypto/seal-values.ts';
import type { Vault } from '../crypto/vault.ts';
import { dedupeForm } from '../inbox.ts';
import { quarantineForm } from '../quarantine-bodies.ts';
import { type PersonSync, sealSyncRows } from '../syncs.ts';
import type { Decision } from '../tables/inbox.ts';
import type { Tables } from '../tables.ts';

export interface Sealing {
  /** opens what it reads */
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  /** for what belongs to nobody */
  readonly sealer: Sealer;
}

export interface PlainTable {
  readonly name: keyof Tables & string;
  /** the primary key, by which rows are gone through, with its types */
  readonly key: { readonly [column: string]: 'uuid' | 'bigint' | 'integer' | 'text' };
  /** what is rewritten; `value`: JSON that is never NULL, so that null is JSON's */
  readonly columns: { readonly [column: string]: 'text' | 'jsonb' | 'value' };
  /** what `seal` has to see beside */
  readonly beside?: readonly string[];
  /** SQL: whose a row `t` is; null: nobody's */
  readonly person: string | null;
  /** SQL: joins that `person` needs */
  readonly join?: string;
  /** the columns of opened rows as they are to be kept, in order */
  seal(rows: readonly object[], sealing: Sealing): Promise<readonly object[]>;
}

type Of<Row> = Row & { readonly person: string };

const OF_ENTRY = { person: 'e.person', join: 'join entries e on e.id = t.entry' };

/** Beside identifiers and addresses that bounced (`encrypt-identifiers.ts`). */
export const PLAIN_TABLES: readonly PlainTable[] = [
  {
    name: 'persons',
    key: { id: 'uuid' },
    columns: { attributes: 'jsonb', timezone: 'text' },
    person: 't.id',
    async seal(rows: readonly Of<{ attributes: Attributes; timezone: string | null }>[], { vault }) {
      const attributes = await sealAttributes(vault, rows);
      return Promise.all(
        rows.map(async ({ person, timezone }, n) => ({
          attributes: attributes[n],
          timezone: await sealColumn(vault, person, timezone),
        })),
      );
    },
  },
  {
    name: 'inbox',
    key: { id: 'bigint' },
    columns: { event: 'jsonb', dedupe_key: 'text', decisions: 'jsonb' },
    person: 't.person',
    async seal(
      rows: readonly Of<{ event: CanonicalEvent; dedupe_key: string | null; decisions: Decision[] | null }>[],
      { db },
    ) {
      const events = await sealEvents(db, rows);
      return rows.map(({ event, dedupe_key, decisions }, n) => ({
        event: events[n],
        dedupe_key: dedupe_key === null ? null : dedupeForm(db, event),
        // Once it quoted what the event says of the zone.
        decisions:
          decisions?.map(({ detail, ...one }) => (one.what === 'bad_timezone' ? one : { ...one, detail })) ?? null,
      }));
    },
  },
  {
    name: 'entries',
    key: { id: 'uuid' },
    columns: { event: 'jsonb', key: 'text', position: 'jsonb', reason: 'text' },
    person: 't.person',
    async seal(
      rows: readonly Of<{ event: FlowEvent; key: string; position: RunPosition | null; reason: string | null }>[],
      { db, vault },
    ) {
      const events = await sealEvents(db, rows);
      const known = rows.flatMap(({ person, position }) => (position === null ? [] : [{ person, position }]));
      const positions = (await sealPositions(db, known)).values();
      return Promise.all(
        rows.map(async ({ person, key, position, reason }, n) => ({
          event: events[n],
          key: (await keyForms(db, [person], key === '' ? null : key))[0],
          position: position === null ? null : positions.next().value,
          reason: await sealText(vault, person, reason),
        })),
      );
    },
  },
  {
    name: 'notices',
    key: { entry: 'uuid', n: 'integer' },
    columns: { body: 'value' },
    person: 't.person',
    async seal(rows: readonly Of<{ body: JsonObject }>[], { db }) {
      return (await sealNotices(db, rows)).map((body) => ({ body }));
    },
  },
  {
    name: 'trail',
    key: { entry: 'uuid', seq: 'integer' },
    columns: { line: 'value' },
    ...OF_ENTRY,
    async seal(rows: readonly Of<{ line: TrailLine }>[], { db }) {
      return (await sealLines(db, rows)).map((line) => ({ line }));
    },
  },
  {
    name: 'deliveries',
    key: { key: 'text' },
    columns: { operation: 'value', target: 'text', address: 'text', answer: 'jsonb', reason: 'text', failure: 'text' },
    person: 'coalesce(p.merged_into, p.id)',
    join: 'join persons p on p.id = t.person',
    async seal(rows: readonly Of<Delivery>[], { db, vault }) {
      const operations = await sealOperations(db, rows);
      const sentences = (of: (row: Delivery) => string | null) =>
        sealSentences(
          vault,
          rows.map((row) => ({ person: row.person, text: of(row) })),
        );
      // As long as the ledger writes them (`delivery/nature.ts`): an index has them.
      const targets = await sentences(({ operation, target }) =>
        operation.type === 'webhook' ? target.slice(0, 500) : null,
      );
      const reasons = await sentences(({ reason }) => reason);
      const failures = await sentences(({ failure }) => failure);
      return Promise.all(
        rows.map(async ({ person, target, address, answer }, n) => ({
          operation: operations[n],
          target: targets[n] ?? target,
          address: await sealText(vault, person, address),
          answer: await sealWhole(vault, person, answer),
          reason: reasons[n],
          failure: failures[n],
        })),
      );
    },
  },
  {
    name: 'reads',
    key: { key: 'text' },
    columns: { answer: 'value' },
    ...OF_ENTRY,
    seal: (rows: readonly Of<{ answer: Json }>[], { vault }) =>
      Promise.all(rows.map(async ({ person, answer }) => ({ answer: await sealWhole(vault, person, answer) }))),
  },
  {
    name: 'syncs',
    key: { person: 'uuid', target: 'text' },
    columns: { value: 'value', address: 'jsonb', reason: 'text' },
    beside: ['job'],
    person: 't.person',
    seal: (rows: readonly (PersonSync & { reason: string | null })[], { db }) => sealSyncRows(db, rows),
  },
  {
    name: 'identity_notes',
    key: { id: 'bigint' },
    columns: { event: 'text' },
    person: 't.person',
    seal: (rows: readonly Of<{ event: string }>[], { vault }) =>
      Promise.all(rows.map(async ({ person, event }) => ({ event: await sealText(vault, person, event) }))),
  },
  {
    name: 'quarantine',
    key: { id: 'bigint' },
    columns: { body: 'text', content: 'text' },
    beside: ['reason'],
    person: null,
    async seal(rows: readonly { reason: string; body: string | null; content: string | null }[], { sealer }) {
      return rows.map(({ reason, body, content }) => {
        const isPlain = body !== null && sealer.open(body) === body;
        if (!isPlain) return { body, content };
        const form = quarantineForm(sealer, { reason, body });
        return { body: form.body, content: content && form.content };
      });
    },
  },
];

interface Delivery {
  readonly person: string;
  readonly operation: Effect['operation'];
  readonly target: string;
  readonly address: string | null;
  readonly answer: JsonObject | null;
  readonly reason: string | null;
  readonly failure: string | null;
}

async function sealText(vault: Vault, person: string, text: string | null): Promise<string | null> {
  return text === null ? null : (await vault.seal([{ person, text }]))[0]!;
}

async function sealWhole(vault: Vault, person: string, value: Json): Promise<Json> {
  return value === null ? null : { sealed: (await sealText(vault, person, JSON.stringify(value)))! };
}
