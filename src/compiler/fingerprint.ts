/** The version of a flow: what people inside are pinned to. */
import { createHash } from 'node:crypto';
import type { Json } from '../plan/json.ts';
import type { Plan } from '../plan/plan.ts';

/** First 16 hex digits of the SHA-256 of the plan's canonical JSON, without `hash` and `status`. */
export function fingerprint({ hash: _hash, status: _status, ...content }: Plan): string {
  return createHash('sha256')
    .update(canonicalJson(content as unknown as Json))
    .digest('hex')
    .slice(0, 16);
}

/** JSON with sorted keys and without spaces. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
