/** Data subject requests over Firehose (SDK 3.2, `model/dsrprocessing`): erasure is the only type there is. */
import type { JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { firstTimestamp, readSeconds, readTimestamp } from '../timestamp.ts';
import type { Read } from './absorb.ts';
import { canonicalEvent, ERASURE } from './canonical.ts';
import { identitiesOf, subjectIdentities } from './mparticle-message.ts';
import { text } from './values.ts';

export function readErasure(request: IngestRequest, message: JsonObject): Read {
  const type = text(message.subject_request_type) ?? '';
  if (type.toLowerCase() !== 'erasure')
    return `unknown_message_type: a data subject request of type "${type.slice(0, 80)}"; erasure is what can be done here`;
  const { contact, aliases } = identitiesOf(subjectIdentities(message.subject_identities));
  return canonicalEvent(request, {
    name: ERASURE,
    time: timeOf(message),
    timeField: 'submitted_time',
    id: text(message.subject_request_id) ?? text(message.id),
    contact,
    data: { regulation: text(message.regulation)?.toLowerCase() ?? null },
    facts: { aliases, erase: true },
  });
}

/** The SDK writes `submitted_time` as seconds with a fraction. What cannot be read is no reason to keep somebody's data. */
function timeOf({ submitted_time, timestamp_ms }: JsonObject): number | undefined {
  return readTimestamp(submitted_time) ?? readSeconds(submitted_time) ?? firstTimestamp(timestamp_ms) ?? undefined;
}
