/**
 * A month without Temporal, drawn by lot: people in the middle of everything, events in disorder and twice, before, during and
 * after. What each was sent, and when, is that of a model; without the outage too, so that the model is known to be right.
 */
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { pick, random } from '../../src/ingest/testing/mutations.ts';
import type { Project } from '../../src/plan/project.ts';
import { type First, type PostedEvent, type VirtualEngine, virtualEngine } from '../support/virtual/engine.ts';
import { DAY, expected, FLOWS, HOUR, MINUTE, minute, type Outage, type Received } from './month-model.ts';
import { expectSettled } from './settled.ts';

const START = Date.parse('2026-03-01T00:00:00Z');
const PEOPLE = 15;
const MESSAGES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'thanks', 'nudge'];

const project: Project = {
  ...{ project: 'shop', timezone: 'UTC', timezone_attribute: null, groups: null, apps: null },
  ...{ attributes: null, events: null },
  messages: Object.fromEntries(
    MESSAGES.map((name, at) => [name, { channel: 'email', id: String(at), parameters: null }]),
  ),
  sources: { shop: { type: 'api', secrets: ['SHOP_TOKEN'], credential: 'token' } },
};

interface Posting extends Received {
  readonly person: number;
  readonly event: PostedEvent;
}

let engine: VirtualEngine;
afterEach(() => engine?.close());

/** What a person does in seven weeks; each event is received in a second of its own. */
function happenings(lot: () => number): Posting[] {
  const postings: Posting[] = [];
  const seconds = new Set<number>();
  const put = (person: number, name: string, from: number, within: number, more: { cart?: string } = {}) => {
    let at = from + Math.floor((lot() * within) / 1000) * 1000;
    while (seconds.has(at)) at += 1000;
    seconds.add(at);
    // Most come out of order by a little, some are days old.
    const age = Math.floor(lot() < 0.1 ? DAY + lot() * 2 * DAY : lot() * 3 * HOUR);
    const data = { ...more, ...(name.startsWith('audience_') && { audience: 'vips' }) };
    const event = {
      ...{ event: name, id: `${name}-${postings.length}`, time: new Date(at - age).toISOString(), data },
      contact: { email: emailOf(person) },
    };
    postings.push({ name, at, age, person, event, ...more });
    return at;
  };
  for (let person = 0; person < PEOPLE; person += 1) {
    const some = (most: number) => Math.floor(lot() * (most + 1));
    const any = () => START + DAY + lot() * 45 * DAY;
    if (lot() < 0.6) {
      const signup = put(person, 'signup', any(), DAY);
      if (lot() < 0.5) put(person, 'unsubscribed', signup, 6 * DAY);
    }
    for (let n = some(2); n > 0; n -= 1) {
      const cart = `${person}/${n}`;
      const began = put(person, 'cart', any(), DAY, { cart });
      for (let m = some(2); m > 0; m -= 1) put(person, 'order', began - DAY, 9 * DAY, { cart });
    }
    for (let n = some(4); n > 0; n -= 1) put(person, pick(['audience_entered', 'audience_exited'], lot), any(), DAY);
    for (const name of ['ping', 'note', 'visit', 'browse'])
      for (let n = some(2); n > 0; n -= 1) put(person, name, any(), DAY);
    // Several in a row, so that a cap is met.
    if (lot() < 0.3) for (let n = 0, from = any(); n < 4; n += 1) put(person, 'ping', from, 8 * DAY);
  }
  return postings.sort((a, b) => a.at - b.at);
}

function emailOf(person: number): string {
  return `person${person}@example.com`;
}

/** Every event once, some a second time while their key is known, whatever the answer was. */
function twice(postings: readonly Posting[], lot: () => number): { readonly at: number; readonly posting: Posting }[] {
  const first = postings.map((posting) => ({ at: posting.at, posting }));
  const again = first.filter(() => lot() < 0.2).map(({ at, posting }) => ({ at: at + 1 + lot() * 25 * DAY, posting }));
  return [...first, ...again].sort((a, b) => a.at - b.at);
}

/** All messages of the ledger, by person. */
async function messages(): Promise<Map<string, string[]>> {
  const { rows } = await sql<{
    email: string;
    message: string;
    state: string;
    reason: string | null;
    created_at: Date;
  }>`
    select i.display as email, d.target as message, d.state, d.reason, d.created_at
    from deliveries d join identifiers i on i.person = d.person`.execute(engine.store.db);
  const found = new Map<string, string[]>();
  for (const { email, message, state, reason, created_at } of rows) {
    const outcome = state === 'accepted' ? 'sent' : (reason ?? state);
    found.set(email, [...(found.get(email) ?? []), `${message} ${outcome} ${minute(created_at.getTime())}`]);
  }
  return found;
}

/** How Temporal comes back; null: it was never away. */
const ENDS: readonly { readonly first: First | null; readonly routing: boolean }[] = [
  { first: 'timers', routing: false },
  { first: 'mixed', routing: true },
  { first: 'router', routing: false },
  { first: null, routing: true },
];
const LOTS = Number(process.env.FAULTS_MONTHS ?? ENDS.length);
const CASES = Array.from({ length: LOTS }, (_, n) => ({ seed: n + 1, ...ENDS[n % ENDS.length]! }));

test.each(CASES)(
  'lot $seed; back first: $first; the router decides meanwhile: $routing',
  async ({ seed, first, routing }) => {
    const lot = random(seed);
    engine = await virtualEngine({ project, start: START, renewAfter: 3 + Math.floor(lot() * 10) });
    await engine.publish(FLOWS);
    const from = START + (8 + Math.floor(lot() * 6)) * DAY + 30 * MINUTE + Math.floor(lot() * 24) * HOUR;
    const outage: Outage = first === null ? null : { from, to: from + 30 * DAY };
    const postings = happenings(lot);

    let accepted = 0;
    let away = false;
    const until = async (moment: number) => {
      if (first !== null && !away && outage !== null && outage.from <= moment && engine.now() < outage.from) {
        await engine.to(outage.from);
        engine.leave({ routing });
        away = true;
      }
      if (first !== null && away && outage !== null && outage.to <= moment) {
        await engine.to(outage.to);
        await engine.back(first, lot);
        away = false;
      }
      await engine.to(Math.max(moment, engine.now()));
    };
    for (const { at, posting } of twice(postings, lot)) {
      await until(at);
      accepted += (await engine.post([posting.event])).accepted;
    }
    await until(START + 90 * DAY);

    expect(accepted).toBe(postings.length);
    const found = await messages();
    for (let person = 0; person < PEOPLE; person += 1) {
      const model = expected(
        postings.filter((one) => one.person === person),
        outage,
      );
      expect([...(found.get(emailOf(person)) ?? [])].sort(), emailOf(person)).toEqual(model.sort());
    }
    await expectSettled(engine);
  },
);
