/** The same flows as a TypeScript programmer writes them with the SDK: ordinary activities, one per effect. */
import { condition, defineSignal, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { HandWrittenActivities } from './activities.ts';

const { sendEmail } = proxyActivities<HandWrittenActivities>({ startToCloseTimeout: '30s' });

export interface HandWrittenInput {
  readonly email: string;
  readonly waitMs: number;
  readonly field: string;
}

const ordered = defineSignal<[{ total: number }]>('order_placed');

export async function sendWaitSend({ email, waitMs }: HandWrittenInput): Promise<void> {
  await sendEmail(email, '500001');
  await sleep(waitMs);
  await sendEmail(email, '500002');
}

export async function waitForBranchSend({ email, waitMs, field }: HandWrittenInput): Promise<void> {
  let order: { total: number } | null = null;
  setHandler(ordered, (event) => {
    order = event;
  });
  await condition(() => order !== null, waitMs);
  if (field === 'gold') await sendEmail(email, '500001');
  else if (field === 'silver') await sendEmail(email, '500002');
  else await sendEmail(email, '500003');
}

export async function fiveSends({ email }: HandWrittenInput): Promise<void> {
  for (let i = 0; i < 5; i += 1) await sendEmail(email, `50000${i}`);
}

/** For heap per cached run: asleep for a month. */
export async function sleeper({ email }: HandWrittenInput): Promise<void> {
  await sleep('30 days');
  await sendEmail(email, '500001');
}
