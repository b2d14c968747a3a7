/** Producers at work: events of one person after the other, sent until the vendor is content or gives up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pick } from '../../src/ingest/testing/mutations.ts';
import type { Producer } from './vendors.ts';

/** What happens to a person, by the name that flows know it by. */
export type Happening = 'signup' | 'order' | 'cart' | 'audience_entered' | 'audience_exited';

/** One event of one person, in the form of one vendor. A repetition has the same id and body. */
export interface Sending {
  readonly id: string;
  readonly happening: Happening;
  readonly body: string;
}

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
 * @param ingest base URL, asked for with each attempt
 */
export async function send(producer: Producer, ingest: () => string, { id, body }: Sending): Promise<'taken' | number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(ingest() + producer.path, {
        method: 'POST',
        headers: producer.headers(id, body),
        body,
        signal: AbortSignal.timeout(producer.timeoutMs),
      });
      await answer.arrayBuffer();
      if (producer.taken.includes(answer.status)) return 'taken';
      if (!producer.repeats.includes(answer.status)) return answer.status;
    } catch {
      // The connection was lost: every vendor repeats that.
    }
    await sleep(Math.min(1_000, 50 * attempt));
  }
}
