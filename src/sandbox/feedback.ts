import type { JsonObject } from '../plan/json.ts';

/** `MISSING_FIELD` is Mapp's; the others are the sandbox's own, since Mapp publishes no list. */
export type FeedbackCode =
  | 'MISSING_FIELD'
  | 'NO_MAPPING'
  | 'NO_ADDRESS'
  | 'NO_MEMBER'
  | 'UNKNOWN_APP'
  | 'UNKNOWN_CONTACT'
  | 'UNKNOWN_GROUP'
  | 'UNKNOWN_MESSAGE';

/** What the asynchronous worker reports of an event (docs.mapp.com "Enable feedback via response queue or callback URL"). */
export interface Feedback {
  readonly errorCode: FeedbackCode;
  /** as Java's `Date.toString` prints it, in UTC */
  readonly actionTime: string;
  readonly integration_id: string;
  /** of the event, as in the journal */
  readonly uuid: string;
  readonly mappingName: string;
  /** the event's body */
  readonly actionParams: JsonObject;
  readonly description: string;
}

/** `Thu Apr 13 12:19:10 UTC 2023` */
export function javaDate(iso: string): string {
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(iso).toUTCString())!;
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
