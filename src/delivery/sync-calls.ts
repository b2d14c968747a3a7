/** The events of Mapp Connect that carry syncs out. */
import { isMappError } from '../mapp/errors.ts';
import { toCall } from '../mapp/to-call.ts';
import type { Operation } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Project } from '../plan/project.ts';
import { targetOf } from '../plan/sync.ts';
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
 * Groups come first: joining one makes the contact where there is none.
 */
export function syncCalls(rows: readonly DueSync[], exports: NonNullable<Project['exports']>): SyncCalls {
  const calls: SyncCall[] = [];
  const done: SettledSync[] = [];
  const together = new Map<string, { readonly address: Contact; readonly rows: DueSync[] }>();
  for (const row of rows) {
    const address = addressOf(row, exports);
    const key =
      targetOf(row.target).kind === 'group'
        ? `${row.person} ${row.target}`
        : `${row.person} ${JSON.stringify(address)}`;
    const group = together.get(key);
    if (group === undefined) together.set(key, { address, rows: [row] });
    else group.rows.push(row);
  }
  for (const { address, rows: shared } of together.values()) add(shared, address);
  calls.sort((a, b) => Number(isGroup(b)) - Number(isGroup(a)));
  return { calls, done };

  /** A value that cannot be put into a call must not cost the others theirs. */
  function add(shared: readonly DueSync[], address: Contact): void {
    try {
      const made = toCall(operationOf(shared), address);
      if ('skip' in made) done.push(...shared.map((row) => ({ row, state: 'skipped', reason: made.skip }) as const));
      else calls.push({ rows: shared, body: made.body });
    } catch (error) {
      if (!isMappError(error)) throw error;
      if (shared.length > 1) for (const row of shared) add([row], address);
      else done.push({ row: shared[0]!, state: 'rejected', reason: error.message });
    }
  }
}

function isGroup({ rows }: SyncCall): boolean {
  return targetOf(rows[0]!.target).kind === 'group';
}

/** An export names its people by the identifier it was told to, and by no other. */
function addressOf({ job, address, contact }: DueSync, exports: NonNullable<Project['exports']>): Contact {
  if (address !== null) return address;
  const name = job.startsWith('export/') ? job.slice('export/'.length) : null;
  if (name === null || !Object.hasOwn(exports, name)) return contact;
  const { kind } = exports[name]!.identifier;
  const value = contact[kind];
  return value === undefined ? {} : { [kind]: value };
}

/** Rows about one group, or about attributes only. Member attributes are named as `to-call.ts` names them. */
function operationOf(rows: readonly DueSync[]): Extract<Operation, { type: 'profile' | 'group' }> {
  const [first] = rows;
  const target = targetOf(first!.target);
  if (target.kind === 'group') {
    const group = { name: target.group, id: target.group };
    return { type: 'group', action: first!.value === true ? 'add' : 'remove', group, optIn: 'single' };
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

/** A call in smaller ones: halves of the list, then the attributes of one person one by one. Null: it is as small as it gets. */
export function halves(
  calls: readonly SyncCall[],
  exports: NonNullable<Project['exports']>,
): readonly (readonly SyncCall[])[] | null {
  if (calls.length > 1) {
    const middle = Math.ceil(calls.length / 2);
    return [calls.slice(0, middle), calls.slice(middle)];
  }
  const rows = calls[0]?.rows ?? [];
  return rows.length > 1 ? rows.map((row) => syncCalls([row], exports).calls) : null;
}
