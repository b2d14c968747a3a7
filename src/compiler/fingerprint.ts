/** The version of a flow: what people inside are pinned to. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../plan/canonical-json.ts';
import type { Json } from '../plan/json.ts';
import type { Plan } from '../plan/plan.ts';

/** First 16 hex digits of the SHA-256 of the plan's canonical JSON, without `hash` and `status`. */
export function fingerprint({ hash: _hash, status: _status, ...content }: Plan): string {
  return createHash('sha256')
    .update(canonicalJson(content as unknown as Json))
    .digest('hex')
    .slice(0, 16);
}
