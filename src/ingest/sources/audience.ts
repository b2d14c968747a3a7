/** Audiences, whoever tells of them: `audience_entered` and `audience_exited` (LANGUAGE.md §3). */
import type { JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';

/** A member who entered longer ago than this comes with a backfill: no producer marks one (reference: producers.md §0.11). */
const BACKFILL_AGE = 24 * 60 * 60 * 1000;

export interface AudienceChange {
  readonly entered: boolean;
  /** what flows know it by: Lytics' slug, mParticle's name, Segment's key */
  readonly audience: string;
  readonly id?: string | undefined;
  /** when it happened, ms; null: that cannot be read */
  readonly time: number | null | undefined;
  /** whatever else the producer says of the audience */
  readonly settings?: JsonObject;
}

/** Name and fields of the event. */
export function audienceEvent(
  request: IngestRequest,
  { entered, audience, id, time, settings = {} }: AudienceChange,
): { readonly name: string; readonly data: JsonObject; readonly ignored: boolean } {
  const backfill = entered && typeof time === 'number' && request.received.getTime() - time > BACKFILL_AGE;
  return {
    name: entered ? 'audience_entered' : 'audience_exited',
    data: {
      audience,
      ...(id !== undefined && { audience_id: id }),
      backfill,
      ...(Object.keys(settings).length > 0 && { settings }),
    },
    ignored: backfill && request.settings?.backfill === 'ignore',
  };
}
