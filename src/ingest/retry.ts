import type { EventShapes } from '../plan/event.ts';
import type { Project, Source } from '../plan/project.ts';
import { tellSubscriptions } from '../store/audience-subscriptions.ts';
import type { Store } from '../store/store.ts';
import type { Sealer } from '../system/seal.ts';
import { acceptEvents, type Beside } from './accept.ts';
import { withDeclaredTypes } from './declared.ts';
import { aboutMessage } from './feedback.ts';
import { fillGroups } from './fill-groups.ts';
import { Problem } from './problem.ts';
import { quarantineRow } from './quarantine.ts';
import { readJson } from './read-json.ts';
import type { Parsed } from './source-adapter.ts';
import { ADAPTERS } from './sources/registry.ts';

/** What became of one row that was tried again. */
export interface Retried {
  readonly id: string;
  readonly source: string;
  readonly accepted: number;
  readonly duplicates: number;
  /** why it, or a part of it, stays in quarantine; null: all of it left */
  readonly kept: string | null;
}

export interface RetryContext {
  readonly store: Store;
  readonly sources: { readonly [name: string]: Source };
  readonly shapes: EventShapes | null;
  /** the catalogue's */
  readonly messages: Project['messages'];
  readonly beside: Beside;
  readonly sealer: Sealer;
}

/**
 * Reads one row with its source's adapter once more, as if it had come when it first did. What can be used now is durable
 * before the row goes, so that a crash in between costs nothing: the keys are known then.
 */
export async function retryQuarantined(context: RetryContext, row: QuarantinedRow): Promise<Retried> {
  const about = { id: row.id, source: row.source };
  const kept = (reason: string): Retried => ({ ...about, accepted: 0, duplicates: 0, kept: reason });
  const read = parseAgain(context, row);
  if (typeof read === 'string') return kept(read);
  const { events, quarantined, subscriptions = [] } = read;
  const rows = quarantined.map((one) => quarantineRow(context.sealer, one));
  const typed = events.map((event) => withDeclaredTypes(context.shapes, aboutMessage(context.messages, event)));
  await tellSubscriptions(context.store.db, subscriptions);
  await fillGroups(context.store.db, context, subscriptions);
  const { outcomes } = await acceptEvents(context.store, typed, rows, context.beside);
  // What still cannot be used for another reason than before is in quarantine under an id of its own now.
  if (!rows.some(({ content }) => content === row.content))
    await context.store.db.deleteFrom('quarantine').where('id', '=', row.id).execute();
  const reasons = [...new Set(quarantined.map(({ reason }) => reason))].join('; ');
  const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
  return { ...about, accepted, duplicates: outcomes.length - accepted, kept: rows.length === 0 ? null : reasons };
}

/** a row as it is stored */
export interface QuarantinedRow {
  readonly id: string;
  readonly source: string;
  readonly body: string | null;
  readonly content: string | null | undefined;
  readonly received_at: Date;
}

/** The adapter's answer, or why there is none. */
function parseAgain({ sources, sealer }: RetryContext, row: QuarantinedRow): Parsed | string {
  if (row.body === null) return 'its body is gone: bodies are kept for some days only (FLOWS_RAW_DAYS)';
  const text = sealer.open(row.body);
  if (text === null) return 'its body was sealed with another key than FLOWS_ENCRYPTION_KEY';
  const source = Object.hasOwn(sources, row.source) ? sources[row.source]! : undefined;
  const adapter = source === undefined ? undefined : ADAPTERS[source.type];
  if (adapter === undefined) return `mapp.yaml declares no source "${row.source}" any more`;
  try {
    const body = readJson(Buffer.from(text));
    return adapter.parse({ source: row.source, headers: {}, body, received: row.received_at, settings: source });
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}
