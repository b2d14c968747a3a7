import { createHash } from 'node:crypto';
import type { Json } from '../plan/json.ts';
import { toText } from '../plan/values.ts';

/** Index rows of Postgres hold 2.7 KB. */
export const LONGEST_KEY = 512;

/** The value of a flow's `key` as the store holds it; null starts nothing. */
export function keyText(value: Json): string | null {
  return value === null ? null : toText(value);
}

/** 12 hex digits: keys may be addresses, and ids are seen by everybody. */
function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12);
}

/** `flow/person[/keyhash]/ordinal`. `key`: null for a flow without one; in an encrypted store its `hashable` form. */
export function workflowId(flow: string, person: string, key: string | null, ordinal: number): string {
  return [flow, person, ...(key === null ? [] : [keyHash(key)]), ordinal].join('/');
}

/** The hash of the key in a workflow id; null for a flow without one. */
export function keyHashIn(workflowId: string): string | null {
  const parts = workflowId.split('/');
  return parts.length === 4 ? parts[2]! : null;
}
