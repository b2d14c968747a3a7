/** The virtual host and the Temporal host agree: same flow, same events, same timeline. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Contact } from '../../src/plan/event.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Happening } from '../../src/plan/test-case.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { type RunLines, timelineText } from '../../src/simulation/timeline.ts';
import { planOf, project } from '../simulation/project.ts';
import { CASES, type ContractCase, type ContractItem } from './cases.ts';
import { type TemporalHost, temporalHost, webhookServer } from './temporal-host.ts';

/** A day in 86 ms; waits that must not end during a test are a year long, and not shortened. */
const SHORTENED = 1_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const START: readonly ContractItem[] = [{ event: 'newsletter_signup', data: { country: 'DE', coupon: 'SPRING' } }];

let hosts: { readonly [B in ContractCase['by']]: TemporalHost };
let webhook: Awaited<ReturnType<typeof webhookServer>>;
beforeAll(async () => {
  webhook = await webhookServer();
  hosts = { waits: await temporalHost(SHORTENED), events: await temporalHost(1) };
});
afterAll(async () => {
  await hosts?.waits.close();
  await hosts?.events.close();
  await webhook?.close();
});

describe.each(CASES.map((one, at) => ({ ...one, items: one.items ?? START, at })))('$name', (given) => {
  // Of its own for each case: the arm of a split depends on it.
  const email = `${given.name.replace(/[^a-z]+/gi, '-').slice(0, 60)}@example.com`;
  const contact: Contact = given.mobile === undefined ? { email } : { mobile: given.mobile };

  test('in virtual time, and on Temporal', async () => {
    const plan = planOf(`flow: contract-${given.at}${given.flow.replace('WEBHOOK', webhook.url)}\n`);
    const real = await hosts[given.by].play(plan, contact, given);
    const start = Date.parse(real[0]!.lines[0]!.at);
    const virtual = await playVirtually(plan, contact, given, start);
    expect(untimed(virtual)).toEqual(given.timeline);
    expect(untimed(real)).toEqual(given.timeline);
    // The clock of a shortened run is exact to the real time that passed outside of waits.
    const apart = moments(virtual).map((at, line) => Math.abs(at - moments(real)[line]!));
    expect(Math.max(...apart)).toBeLessThan(HOUR);
  });
});

async function playVirtually(plan: Plan, identifiers: Contact, given: ContractCase, start: number) {
  const happenings = given.items!.map((item, at): Happening => {
    const when = start + at * MINUTE;
    if ('event' in item) return { type: 'event', at: when, event: item.event, data: item.data ?? {} };
    const [step, as] = 'approve' in item ? ([item.approve, 'approved'] as const) : ([item.reject, 'rejected'] as const);
    return { type: 'decide', at: when, step, as };
  });
  const { runs } = await simulate({
    plan,
    project,
    contact: { identifiers, timezone: null, attributes: {}, groups: [], history: [] },
    start,
    happenings,
    failures: given.fail === undefined ? [] : [{ step: given.fail.step, with: given.fail.with, times: 1 }],
    webhooks: { score: { status: 201, body: { points: 9 } } },
  });
  return runs;
}

function untimed(runs: readonly RunLines[]): string[] {
  const text = runs.flatMap((run) => timelineText([run], { timezone: project.timezone, verbose: false }));
  return text.map((line) => line.slice('2026-01-05 10:00  '.length).replace(/ {2,}/g, ' '));
}

function moments(runs: readonly RunLines[]): number[] {
  return runs.flatMap(({ lines }) => lines.map(({ at }) => Date.parse(at)));
}
