/** Producers as their vendors let them behave: what each sends, which answers it repeats, what it gives up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pick } from '../../src/ingest/testing/mutations.ts';

/** What happens to a person, by the name that flows know it by. */
export type Happening = 'signup' | 'order' | 'cart' | 'audience_entered' | 'audience_exited';

/** One event of one person, in the form of one vendor. A repetition has the same id and body. */
export interface Sending {
  readonly id: string;
  readonly happening: Happening;
  readonly body: string;
}

export interface Producer {
  readonly name: 'api' | 'mparticle' | 'lytics';
  readonly path: string;
  readonly authorization: string;
  readonly happenings: readonly Happening[];
  /** statuses that the vendor takes for a success */
  readonly taken: readonly number[];
  /** whether it repeats a request that got this status; a lost connection is always repeated */
  repeats(status: number): boolean;
  body(id: string, email: string, happening: Happening, time: Date): object;
}

export const API: Producer = {
  name: 'api',
  path: '/v1/events',
  authorization: 'Bearer s3cret',
  happenings: ['signup', 'order', 'cart'],
  taken: [202],
  repeats: () => true,
  body: (id, email, event, time) => ({ event, id, time: time.toISOString(), contact: { email }, data: {} }),
};

/** Repeats 408, 429 and 5xx only (reference: producers.md, Firehose over HTTP). */
export const MPARTICLE: Producer = {
  name: 'mparticle',
  path: '/v1/sources/mparticle',
  authorization: 'Token s3cret',
  happenings: ['signup', 'order', 'cart'],
  taken: [200, 202],
  repeats: (status) => [408, 429, 500, 502, 503, 504].includes(status),
  body: (id, email, name, time) => ({
    type: 'event_processing_request',
    id: `message-${id}`,
    timestamp_ms: time.getTime(),
    firehose_version: '3.2.0',
    user_identities: [{ type: 'email', encoding: 'raw', value: email }],
    runtime_environment: { type: 'mobileweb', is_debug: false },
    events: [{ type: 'custom_event', id, timestamp_ms: time.getTime(), name, attributes: {} }],
  }),
};

/** Repeats everything but 200, 400, 404 and 413 (reference: producers.md, Lytics webhooks). */
export const LYTICS: Producer = {
  name: 'lytics',
  path: '/v1/sources/lytics',
  authorization: 'Bearer s3cret',
  happenings: ['audience_entered', 'audience_exited'],
  taken: [200],
  repeats: (status) => ![400, 404, 413].includes(status),
  body: (id, email, happening, time) => {
    const event = happening === 'audience_entered' ? 'enter' : 'exit';
    const at = time.toISOString();
    return {
      id,
      data: { email, segment_events: [{ id: 'a1', event, slug: 'vip', [event]: at }] },
      meta: { object: 'user', subscription_id: 'sub', timestamp: at },
    };
  },
};

/** Events of one person, in the order in which they are sent: with times in disorder, some of them again later. */
export function sendingsOf(producer: Producer, person: number, count: number, next: () => number): Sending[] {
  const email = `${producer.name}${person}@example.com`;
  const sendings: Sending[] = [];
  const now = Date.now();
  for (let n = 0; n < count; n += 1) {
    if (sendings.length > 0 && next() < 0.2) sendings.push(pick(sendings, next));
    const id = `${producer.name}-${person}-${n}`;
    const happening = pick(producer.happenings, next);
    const time = new Date(now - Math.floor(next() * 3_600_000));
    sendings.push({ id, happening, body: JSON.stringify(producer.body(id, email, happening, time)) });
  }
  return sendings;
}

/**
 * Sends one request until the vendor is content, as the vendor's rules say. Answers whether it was taken; a request that
 * the vendor drops is an event lost.
 *
 * @param ingest base URL, asked for anew with each attempt
 */
export async function send(producer: Producer, ingest: string, { body }: Sending): Promise<'taken' | number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(ingest + producer.path, {
        method: 'POST',
        headers: { authorization: producer.authorization, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(30_000),
      });
      await answer.arrayBuffer();
      if (producer.taken.includes(answer.status)) return 'taken';
      if (!producer.repeats(answer.status)) return answer.status;
    } catch {
      // The connection was lost: every vendor repeats that.
    }
    await sleep(Math.min(1_000, 50 * attempt));
  }
}
