import type { Decision } from '../store/tables/inbox.ts';

/** What each recorded decision means, in words for an operator. `detail` as the router wrote it. */
const WORDS: { readonly [what: string]: (detail: string) => string } = {
  started: () => 'it started a run',
  restarted: () => 'it ended this run, because the flow starts again from the top',
  notified: () => 'the run was told of it',
  goal: (name) => `it reached the goal "${name}"`,
  inside: (run) => `not started: the person is inside already (${run})`,
  once: () => 'not started: the person has been in this flow before, and `reentry` is once',
  cooldown: (again) =>
    `not started: the last entry is not long enough ago for \`reentry\`${again === '' ? '' : `; it may start again from ${again} on`}`,
  where: () => 'not started: its condition in `on` was false',
  status: (status) => `not started: the flow is ${status}`,
  too_old: (age) => `not started: the event was ${age}, which is over \`max_event_age\``,
  no_key: () => 'not started: the value of `key` is missing',
  key_too_long: (length) => `not started: the value of \`key\` is too long (${length})`,
  development: () => "a producer's test traffic starts and moves nothing",
  replay: () => 'a repetition (replay, backfill, history) starts and moves nothing',
  own_event: () => 'the flow does not hear of what its own runs do',
  endless: (detail) => `not started: ${detail}`,
  from_flow: (detail) => `not started: ${detail}`,
  unchanged: () => 'the value was the same already',
  reserved_name: (detail) => `not started: ${detail}`,
  unknown_flow: (detail) => `not started: ${detail}`,
  bad_timezone: (zone) => `the contact's time zone was not taken over: "${zone}" is no IANA time zone`,
};

/** @param zone what the event says of the contact's time zone: a decision holds nothing personal */
export function wordsOf({ what, detail = '' }: Decision, zone: string | null): string {
  if (Object.hasOwn(WORDS, what)) return WORDS[what]!(what === 'bad_timezone' ? (zone ?? '') : detail);
  return `not started (${what})${detail === '' ? '' : `: ${detail}`}`;
}

/** Of a flow that has nothing to do with the event. */
export function notStartedBy(event: string): string {
  return `the flow is not started by "${event}"`;
}

/** The same, where what starts the flow differs by case and separators alone: the commonest slip of producers. */
export function startedByAnother(event: string, on: readonly { readonly event: string }[]): string {
  const meant = on.find((entry) => letters(entry.event) === letters(event));
  const words = notStartedBy(event);
  return meant === undefined || letters(event) === ''
    ? words
    : `${words}; it is started by "${meant.event}", and names count letter by letter`;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[\s_.:-]+/g, '');
}
