/** How many things each kind of body tells of, counted apart from the adapters. */
import type { Json, JsonObject } from '../../plan/json.ts';
import type { SourceType } from '../../plan/project.ts';
import { isObject, list, object } from '../sources/values.ts';

const each = (given: Json) => (Array.isArray(given) ? (given as readonly Json[]) : [given]);
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
const orOne = (count: number) => Math.max(1, count);

/** `null`: the body is of a kind that tells of nothing, or whose parts cannot be counted from outside. */
export const FOUND: { readonly [T in Exclude<SourceType, 'mapp_feedback'>]: (body: Json) => number | null } = {
  api: (body) => each(body).length,
  cloudevents: (body) => each(body).length,
  mparticle_firehose: (body) => firehose(object(body)),
  mparticle_events: (body) => {
    const counts = each(body).map(
      (batch) => list(object(batch).events).length + list(object(batch).system_notifications).length,
    );
    return counts.includes(0) ? null : sum(counts);
  },
  lytics: (body) => sum(each(body).map((one) => orOne(list(lyticsUser(object(one)).segment_events).length))),
  segment: (body) => (Array.isArray(object(body).batch) ? list(object(body).batch).length : each(body).length),
  standard_webhooks: () => 1,
};

/** The profile is `data`, or the body itself. */
const lyticsUser = (given: JsonObject) => (isObject(given.data) ? given.data : given);

function firehose(message: JsonObject): number | null {
  switch (message.type) {
    case 'event_processing_request':
      return list(message.events).length + list(message.system_notifications).length;
    case 'audience_membership_change_request':
      return sum(list(message.user_profiles).map((profile) => orOne(list(object(profile).audiences).length)));
    case 'audience_subscription_request':
    case 'dsr_processing_request':
      return 1;
    default:
      return null;
  }
}
