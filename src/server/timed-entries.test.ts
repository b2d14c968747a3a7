import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { compiled, testEngine } from '../../test/support/engine.ts';
import { project } from '../../test/support/sandbox.ts';
import { publish } from '../router/publish.ts';
import { scheduleId, timedEntriesOf } from '../router/schedules.ts';

const flow = (on: string) => `
flow: timed
on: ${on}
steps:
  - wait: 1 day
`;
const open = { ...project, groups: null, attributes: null };

test.each([
  ['a plain', undefined],
  ['an encrypted', [randomBytes(32)]],
])(
  'over %s store: a schedule in Temporal follows the published flow, and makes members enter it, again and again',
  async (_store, encryptionKeys) => {
    const everyYear = flow('{ schedule: "0 9 1 jan *", group: "10144" }');
    const { store, plans, client, taskQueue, runs } = await testEngine({
      ...{ flows: [everyYear], compiledWith: open },
      ...(encryptionKeys && { encryptionKeys }),
    });
    const yearly = plans[0]!;
    const person = randomUUID();
    await store.db.insertInto('persons').values({ id: person }).execute();
    await store.db
      .insertInto('memberships')
      .values({ person, group_id: '10144', member: true, at: new Date() })
      .execute();
    const handleOf = (plan: typeof yearly) =>
      client.schedule.getHandle(scheduleId(taskQueue, timedEntriesOf(plan)[0]!));
    const exists = (plan: typeof yearly) =>
      handleOf(plan)
        .describe()
        .then(
          () => true,
          () => false,
        );

    await expect.poll(() => exists(yearly)).toBe(true);
    const next = async () => (await handleOf(yearly).describe()).info.nextActionTimes[0]?.toISOString();
    await expect.poll(next).toMatch(/-01-01T08:00:00/);
    await handleOf(yearly).trigger();
    await expect.poll(async () => (await runs()).map((run) => run.state)).toEqual(['waiting']);
    // What it started ends, or the next firing would wait for it for ever.
    const actions = async () => (await handleOf(yearly).describe()).info.recentActions;
    await expect.poll(async () => (await actions()).length).toBe(1);
    const { workflow } = (await actions())[0]!.action;
    expect(await client.workflow.getHandle(workflow.workflowId, workflow.firstExecutionRunId).result()).toBeUndefined();

    const birthday = compiled(flow('{ date: Birthday, at: "09:00" }'), open);
    await publish(store, [birthday]);
    await expect.poll(() => exists(birthday)).toBe(true);
    await expect.poll(() => exists(yearly)).toBe(false);
    await publish(store, [{ ...birthday, status: 'draining' }]);
    await expect.poll(() => exists(birthday)).toBe(false);
  },
);
