/** The events of Mapp Connect that carry syncs out. */
import type { CallSize } from '../mapp/batch-size.ts';
import { isMappError } from '../mapp/errors.ts';
import { toCall } from '../mapp/to-call.ts';
import type { Operation } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Project } from '../plan/project.ts';
import { type Export, isIdentifier, targetOf } from '../plan/sync.ts';
import type { TurnClass } from './shares.ts';
import type { Splits } from './split.ts';
import type { DueSync, SettledSync } from './sync-rows.ts';

/** One event of subtype `user`, and the rows it is about. */
export interface SyncCall {
  readonly rows: readonly DueSync[];
  readonly body: JsonObject;
}

/** `done`: rows that need no call, because none is possible. */
export interface SyncCalls {
  readonly calls: readonly SyncCall[];
  readonly done: readonly SettledSync[];
}

/**
 * Attributes of one person and address share an event; each group has its own, as Mapp takes one group per event.
 * Groups come first: joining one makes the contact where there is none. A group-level attribute is a member's, so a
 * member of an exported audience joins its group with the value, unless they had unsubscribed from it.
 */
export function syncCalls(rows: readonly DueSync[], exports: NonNullable<Project['exports']>): SyncCalls {
  const calls: SyncCall[] = [];
  const done: SettledSync[] = [];
  const together = new Map<
    string,
    { readonly address: Contact; readonly group: string | null; readonly rows: DueSync[] }
  >();
  for (const row of rows) {
    const address = addressOf(row, exports);
    const group = joins(row, exports);
    const place = isMembership(row) ? row.target : JSON.stringify([group, address]);
    const key = `${row.person} ${place}`;
    const others = together.get(key);
    if (others === undefined) together.set(key, { address, group, rows: [row] });
    else others.rows.push(row);
  }
  for (const { address, group, rows: shared } of together.values()) add(shared, address, group);
  calls.sort((a, b) => Number(isGroup(b)) - Number(isGroup(a)));
  return { calls, done };

  /** A value that cannot be put into a call must not cost the others theirs. */
  function add(shared: readonly DueSync[], address: Contact, group: string | null): void {
    try {
      const made = toCall(operationOf(shared), address);
      if ('skip' in made) done.push(...shared.map((row) => ({ row, state: 'skipped', reason: made.skip }) as const));
      else calls.push({ rows: shared, body: group === null ? made.body : { ...made.body, group, ...STAYS_OUT } });
    } catch (error) {
      if (!isMappError(error)) throw error;
      if (shared.length === 1) {
        done.push({ row: shared[0]!, state: 'rejected', reason: error.message });
        return;
      }
      const fit = shared.filter((row) => fits(row, address));
      const rest = fit.length === shared.length ? [] : fit;
      if (rest.length > 0) add(rest, address, group);
      for (const row of shared) if (!rest.includes(row)) add([row], address, group);
    }
  }
}

/** Whether a call of its own can be made of it. */
function fits(row: DueSync, address: Contact): boolean {
  try {
    toCall(operationOf([row]), address);
    return true;
  } catch (error) {
    if (!isMappError(error)) throw error;
    return false;
  }
}

function isGroup({ rows }: SyncCall): boolean {
  return isMembership(rows[0]!);
}

/** A place that says whether the person is in a group. */
export function isMembership({ target }: Pick<DueSync, 'target'>): boolean {
  const { kind } = targetOf(target);
  return kind === 'group' || kind === 'consent';
}

/** Connect's flag (docs.mapp.com, "skipUnsubscribers"): who unsubscribed from the group is not made a member again. */
const STAYS_OUT = { skipUnsubscribers: 'true' };

/** The group that comes with the value; null: none. */
function joins({ job, value }: DueSync, exports: NonNullable<Project['exports']>): string | null {
  const of = exportOf(job, exports);
  return of === null || value !== 'true' ? null : of.group.id;
}

function exportOf(job: string, exports: NonNullable<Project['exports']>): Export | null {
  const name = job.startsWith('export/') ? job.slice('export/'.length) : '';
  return Object.hasOwn(exports, name) ? exports[name]! : null;
}

/** An export names its people by the identifier it was told to, and by no other. */
function addressOf({ job, address, contact }: DueSync, exports: NonNullable<Project['exports']>): Contact {
  if (address !== null) return address;
  const of = exportOf(job, exports);
  if (of === null) return contact;
  const { kind } = of.identifier;
  const value = isIdentifier(of.identifier) ? contact[kind] : undefined;
  return value === undefined ? {} : { [kind]: value };
}

/** Rows about one group, or about attributes only. Member attributes are named as `to-call.ts` names them. */
function operationOf(rows: readonly DueSync[]): Extract<Operation, { type: 'profile' | 'group' }> {
  const [first] = rows;
  const target = targetOf(first!.target);
  if (target.kind === 'group' || target.kind === 'consent') {
    const group = { name: target.group, id: target.group };
    if (first!.value === true) return { type: 'group', action: 'add', group, optIn: 'single' };
    const objection = target.kind === 'consent' ? ({ unsubscribe: true } as const) : {};
    return { type: 'group', action: 'remove', group, optIn: 'single', ...objection };
  }
  const set = rows.map(({ target: key, value }) => {
    const one = targetOf(key);
    return [
      one.kind === 'member' ? `${one.group}:${one.name}` : one.kind === 'attribute' ? one.name : '',
      value,
    ] as const;
  });
  return { type: 'profile', set: Object.fromEntries(set) };
}

/** The attributes of one person one by one. Null: it is as small as it gets. */
export function apart({ rows }: SyncCall, exports: NonNullable<Project['exports']>): readonly SyncCall[] | null {
  return rows.length > 1 ? rows.flatMap((row) => syncCalls([row], exports).calls) : null;
}

/** Calls that go out together, and whose turns they take. */
export interface SyncPart {
  readonly calls: readonly SyncCall[];
  readonly turns: TurnClass;
  readonly bytes: number;
}

/** What tells one call from others, in a portion and in the next. */
export function syncKey({ rows: [first] }: SyncCall): string {
  return `${first!.person} ${first!.target}`;
}

/** In the order given, but for those that share a call with no others since one that held them was refused. */
export function syncParts(calls: readonly SyncCall[], size: CallSize, splits: Splits): SyncPart[] {
  const parts: { calls: SyncCall[]; turns: TurnClass; bytes: number }[] = [];
  const open = new Map<number | null, (typeof parts)[number]>();
  for (const call of calls) {
    const cohort = splits.cohortOf(syncKey(call));
    const bytes = Buffer.byteLength(JSON.stringify(call.body)) + 1;
    const id = cohort?.id ?? null;
    const part = open.get(id);
    if (part !== undefined && cohort?.alone !== true) {
      if (part.calls.length < size.events && part.bytes + bytes <= size.bytes) {
        part.calls.push(call);
        part.bytes += bytes;
        continue;
      }
    }
    const turns = cohort === null ? 'write' : cohort.alone ? 'slow' : 'split';
    const begun = { calls: [call], turns, bytes: bytes + 2 } satisfies SyncPart; // the brackets of the list
    open.set(id, begun);
    parts.push(begun);
  }
  return parts;
}
