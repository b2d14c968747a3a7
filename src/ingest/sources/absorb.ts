/** What absorbing sources have in common: everything found is taken, kept in quarantine or left out on purpose, and counted. */
import type { CanonicalEvent } from '../../plan/event.ts';
import type { Json } from '../../plan/json.ts';
import { storable } from '../limits.ts';
import type { IngestRequest, Parsed, Quarantined } from '../source-adapter.ts';
import { inOrder } from './in-order.ts';

/** What became of one thing that was found: ours, left out because the source's settings say so, or `code: reason`. */
export type Read = CanonicalEvent | typeof IGNORED | string;
export const IGNORED = Symbol('ignored');

/** One thing of a request, with the JSON by which the same adapter can read it again. */
export interface Found {
  readonly read: Read;
  readonly body: Json;
  /** of things with the same one, those that happened earlier come first; without it, they stay as they came */
  readonly user?: string | number | undefined;
  /** the producer's count of what it tells, which decides among things of one moment */
  readonly count?: number | undefined;
}

/** Always success: counts, and for each kept thing its place among those found and why it was kept. */
export function absorbed(request: IngestRequest, found: readonly Found[]): Parsed {
  const events = taken(found);
  const kept = found.flatMap(({ read, body }, index) =>
    // Reasons quote what was sent.
    typeof read === 'string' ? [{ index, reason: storable(read, '', []), body }] : [],
  );
  const ignored = found.length - events.length - kept.length;
  return {
    events,
    quarantined: kept.map(({ reason, body }) => keep(request, reason, body)),
    rejected: 0,
    ignored,
    answer(outcomes) {
      const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
      const quarantined = kept.map(({ index, reason }) => {
        const [code, detail] = split(reason);
        return { index, code, detail };
      });
      return { status: 200, body: { accepted, duplicates: outcomes.length - accepted, ignored, quarantined } };
    },
  };
}

type Taken = Found & { readonly read: CanonicalEvent };

/** In the order given, those of one user among themselves in the order in which they happened. */
function taken(found: readonly Found[]): CanonicalEvent[] {
  const events = found.filter((one): one is Taken => typeof one.read === 'object');
  const users = new Map<Found['user'], Taken[]>();
  for (const one of events) {
    const told = users.get(one.user);
    if (told === undefined) users.set(one.user, [one]);
    else told.push(one);
  }
  const next = new Map([...users].map(([user, told]) => [user, (user === undefined ? told : sorted(told)).values()]));
  return events.map(({ user }) => (next.get(user)!.next().value as Taken).read);
}

function sorted(told: readonly Taken[]): Taken[] {
  return inOrder(told, ({ read, count }) => ({ time: Date.parse(read.time), count }));
}

export function keep(request: IngestRequest, reason: string, body: Json): Quarantined {
  return { source: request.source, reason, body: JSON.stringify(body) };
}

function split(reason: string): [code: string, detail: string] {
  const at = reason.indexOf(': ');
  return [reason.slice(0, at), reason.slice(at + 2)];
}
