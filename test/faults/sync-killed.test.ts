/**
 * What producers know reaches Mapp as its last word by the producer's time: with two workers, `kill -9`, disorder, and a
 * Mapp that refuses, hangs up and takes what it says it did not. What Mapp has already is not sent again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../src/ingest/testing/mutations.ts';
import { until } from '../support/delivery.ts';
import type { Part } from './part.ts';
import { type Rig, rig } from './rig.ts';

const PEOPLE = 60;
const WORDS = 5;
const SEED = 7;
const ENV = { LYTICS_TOKEN: 'lytics-secret', MAPP_RATE: '1000' };

const FILES = {
  'mapp.yaml': `
project: shop
timezone: UTC
sources:
  shop: { type: api, token: SHOP_TOKEN }
  lytics: { type: lytics, token: LYTICS_TOKEN, write_through: { attributes: { tier: Tier } } }
attributes: { Tier: string }
exports:
  vips: { source: lytics, audience: vip_customers, identifier: email, group: "10144", attribute: vip, existing_users: true }
`,
};

/** One rule at a time; each ends by itself, so that Mapp is well now and then. */
const TROUBLE = [
  { status: 429, retryAfter: 1, times: 1 },
  { status: 503, retryAfter: 1, times: 1 },
  { status: 500, times: 1 },
  { status: 500, afterQueueing: true, times: 1 },
  { drop: 'before', times: 1 },
  { drop: 'after', times: 1 },
  { latencyMs: 300, times: 4 },
];

/** What Lytics says of somebody at a moment. */
interface Word {
  readonly email: string;
  readonly event: 'enter' | 'exit';
  readonly tier: string;
  readonly time: string;
}

let world: Rig;
let serve: Part;
beforeAll(async () => {
  world = await rig(FILES);
  serve = await world.start(['serve', '--port', '0'], ENV);
});
afterAll(async () => {
  await serve?.stop();
  await world?.close();
});

const next = random(SEED);

function words(): Word[] {
  const from = Date.now() - 3_600_000;
  const all = Array.from({ length: PEOPLE * WORDS }, (_, n): Word => {
    const time = new Date(from + Math.floor(next() * 3_500_000)).toISOString();
    const event = next() < 0.5 ? 'enter' : 'exit';
    return { email: `person${n % PEOPLE}@example.com`, event, tier: `tier-${n}`, time };
  });
  return all.sort(() => next() - 0.5);
}

let sent = 0;
async function tell(told: readonly Word[]): Promise<void> {
  const body = told.map(({ email, event, tier, time }) => ({
    id: `delivery-${++sent}`,
    data: { email, tier, segment_events: [{ id: 's', slug: 'vip_customers', event, [event]: time }] },
    meta: { object: 'user', subscription_id: 'sub', timestamp: time },
  }));
  const answer = await fetch(`${serve.ingest}/v1/sources/lytics`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ENV.LYTICS_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

async function states(): Promise<{ readonly [state: string]: number }> {
  const rows = await world.store.db
    .selectFrom('syncs')
    .select(['state', ({ fn }) => fn.countAll<string>().as('n')])
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
}

interface Journaled {
  readonly accepted: boolean;
  readonly body: { readonly [field: string]: string };
}

/** Events that reached Mapp, in their order, also those of calls it refused. */
async function journal(): Promise<Journaled[]> {
  const answer = await fetch(new URL('/journal', world.sandbox));
  return (await answer.json()) as Journaled[];
}

/** The value that Mapp was told last, by address. */
function lastTold(entries: readonly Journaled[], field: string): { readonly [email: string]: string } {
  const told = entries.filter(({ accepted, body }) => accepted && body[field] !== undefined);
  return Object.fromEntries(told.map(({ body }) => [body.email!, body[field]!]));
}

function expected(all: readonly Word[], value: (word: Word) => string) {
  const inOrder = [...all].sort((a, b) => (a.time < b.time ? -1 : 1));
  return Object.fromEntries(inOrder.map((word) => [word.email, value(word)]));
}

/** What a killed worker had in its hands is its own for two minutes more; nobody else is at work now. */
async function giveBack(): Promise<void> {
  const due = new Date(0);
  await world.store.db.updateTable('syncs').set({ due_at: due }).where('state', '=', 'due').execute();
}

test(`${PEOPLE * WORDS} words, two workers, one killed again and again`, async () => {
  const all = words();
  const start = () => Promise.all([world.start(['worker'], ENV), world.start(['worker'], ENV)]);
  let [one, other] = await start();
  const portion = Math.ceil(all.length / TROUBLE.length);
  for (const [n, trouble] of TROUBLE.entries()) {
    const before = (await journal()).length;
    await world.faults(trouble);
    await tell(all.slice(n * portion, (n + 1) * portion));
    await until(async () => (await journal()).length > before);
    if (n % 3 !== 0) continue;
    await one.kill();
    expect(await other.stop()).toBe(0);
    await giveBack();
    [one, other] = await start();
  }
  await world.faults([]);
  await until(async () => (await states()).due === undefined);
  expect(await states()).toEqual({ sent: 2 * PEOPLE });
  const told = await journal();
  expect(lastTold(told, 'Tier')).toEqual(expected(all, ({ tier }) => tier));
  expect(lastTold(told, '10144:vip')).toEqual(expected(all, ({ event }) => (event === 'enter' ? 'true' : 'false')));

  // Told once more, in deliveries of their own: nothing is due.
  await tell(all);
  expect(await states()).toEqual({ sent: 2 * PEOPLE });
  await Promise.all([one.stop(), other.stop()]);
  expect(await journal()).toHaveLength(told.length);
});
