/** Waits that end long after their moment: timers that were overdue when Temporal came back, before the router had told anything. */
import { describe, expect, it } from 'vitest';
import type { ReadRequest, ReadResult } from '../plan/effect.ts';
import type { Notice, NoticeBody, RunInput } from '../plan/notice.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { drive, type Task } from '../plan/task.ts';
import { VirtualWorld } from '../simulation/virtual-world.ts';
import { FlowHost } from './flow-host.ts';
import { freshState, interpret } from './interpret.ts';
import { email, planOf } from './testing/plans.ts';

const START = Date.parse('2026-03-01T09:00:00.000Z');
const DAY = 86_400_000;
/** when the engine is back: timers that should have fired meanwhile fire now, … */
const BACK = START + 30 * DAY;
/** … and the router tells what it received, some seconds later */
const TOLD = BACK + 7_000;

/** Nothing happens before `BACK`. The store answers when the router has told everything. */
class AwayWorld extends VirtualWorld {
  readonly asked: string[] = [];
  told = 0;

  override until(predicate: () => boolean, ms: number | null, summary: string): Task<boolean> {
    return super.until(predicate, ms === null ? null : Math.max(ms, BACK - this.now()), summary);
  }

  override *read(request: Omit<ReadRequest, 'key'>, at = ''): Task<ReadResult> {
    this.asked.push(at);
    yield* super.until(() => false, Math.max(0, TOLD + 1_000 - this.now()), 'as an activity that is tried again');
    return { contact: {}, groups: {}, ...(request.caughtUp && { caughtUp: this.told }) };
  }
}

const week = { for: { months: 0, days: 7, ms: 0 } };
const waitFor = {
  ...{ kind: 'wait_for', id: 'w', lookback: 'entry', timeout: week, timed_out: 'nudge' },
  arms: [{ on: { event: 'order', where: null, match: [] }, then: 'thanks' }],
} as unknown as PlanStep;
const hold = {
  kind: 'hold',
  id: 'h',
  text: { value: 'sure?' },
  timeout: week,
  approved: 'yes',
  rejected: 'no',
} as never;
const exits = { exit_on: [{ event: 'gone', where: null, match: [], reason: 'gone' }], listens: ['gone'] };

/** An event received on a day of the outage. */
const received = (name: string, day: number): NoticeBody => {
  const at = new Date(START + day * DAY).toISOString();
  return { kind: 'event', event: { name, id: `${name}-${day}`, time: at, source: 'api', data: {} }, received: at };
};

async function run(plan: Plan, told: readonly NoticeBody[], since = new Date(START).toISOString()) {
  const sent: string[] = [];
  const world = new AwayWorld({
    start: START,
    deliver({ step }) {
      sent.push(step);
      return { outcome: 'accepted' };
    },
    read: () => ({ contact: {}, groups: {} }),
  });
  const entered = new Date(START).toISOString();
  const event = { name: 'start', id: '1', time: entered, source: 'api', data: {} };
  const input: RunInput = { plan, entry: 'e', person: 'p', key: null, event, entered, received: since, speed: 1 };
  const host = new FlowHost(world, input, freshState(input), 'test/p/1');
  world.at(TOLD, () => {
    for (const body of told) host.mailbox.take({ ...body, n: ++world.told } as Notice);
    void host.judge();
  });
  const { reason, trail } = await drive(interpret(host, input, host.state));
  return { sent, reason, asked: world.asked, outcomes: trail.flatMap(({ outcome }) => outcome ?? []) };
}

describe('a time-out that was overdue', () => {
  const plan = planOf([waitFor, email('thanks', null), email('nudge', null)], { listens: ['order'] });

  it.each([
    ['of an event received in time, the event', [received('order', 3)], ['thanks']],
    ['of one received too late, the time-out', [received('order', 10)], ['nudge']],
    ['of several, the first', [received('order', 3), received('order', 10)], ['thanks']],
    ['of none, the time-out', [], ['nudge']],
  ])('%s', async (_, told, sent) => {
    const ended = await run(plan, told);
    expect(ended.sent).toEqual(sent);
    expect(ended.asked).toHaveLength(1);
  });

  it('of a flow that hears nothing asks nobody', async () => {
    const { asked, sent } = await run(planOf([{ kind: 'wait', id: 'w', spec: week, next: 'n' }, email('n', null)]), []);
    expect({ asked, sent }).toEqual({ asked: [], sent: ['n'] });
  });
});

it('whoever left meanwhile is sent nothing more', async () => {
  const plan = planOf([{ kind: 'wait', id: 'w', spec: week, next: 'n' }, email('n', null)], exits);
  expect(await run(plan, [received('gone', 20)])).toMatchObject({ sent: [], reason: 'gone' });
});

it("an operator's word on a hold comes before its time-out", async () => {
  const plan = planOf([hold, email('yes', null), email('no', null)]);
  expect(await run(plan, [{ kind: 'decide', step: 'h', as: 'approved' }])).toMatchObject({ sent: ['yes'] });
  expect(await run(plan, [])).toMatchObject({ sent: ['no'] });
});

it('a wait that comes after the outage begins then', async () => {
  const plan = planOf(
    [{ kind: 'wait', id: 'first', spec: week, next: 'w' }, waitFor, email('thanks', null), email('nudge', null)],
    {
      listens: ['order'],
    },
  );
  expect(await run(plan, [received('order', 25)])).toMatchObject({
    sent: ['thanks'],
    outcomes: ['waited', 'event', 'sent'],
  });
});

it('a run that begins long after its event was received hears first of what was received since', async () => {
  const plan = planOf([email('n', null)], exits);
  const since = new Date(START - 20 * DAY).toISOString();
  expect(await run(plan, [received('gone', -10)], since)).toMatchObject({ sent: [], reason: 'gone' });
  expect(await run(plan, [], since)).toMatchObject({ sent: ['n'], asked: ['begin'] });
});
