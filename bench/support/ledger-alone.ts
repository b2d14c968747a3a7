/** The batcher and the ledger without Temporal: effects as activities would bring them, many at once. */
import { createDelivery } from '../../src/delivery/delivery.ts';
import { acceptNamed } from '../../src/ingest/accept-named.ts';
import { ConnectClient } from '../../src/mapp/connect.ts';
import { type Effect, effectKey, type Operation } from '../../src/plan/effect.ts';
import { decideNotice } from '../../src/router/decide-notice.ts';
import { openStore } from '../../src/store/store.ts';
import { benchPlan } from './flows.ts';
import { populate } from './population.ts';
import type { Rig } from './rig.ts';
import { SANDBOX_ACCOUNT } from './settings.ts';

const EMAIL: Operation = {
  type: 'send',
  channel: 'email',
  message: { name: 'one', id: '500001' },
  parameters: {},
  set: {},
  transactionId: null,
  priority: 'normal',
};

function effectOf(entry: string): Effect {
  const [step, visit, generation] = ['send_email_1', 1, 1];
  const key = effectKey(entry, step, visit, generation);
  return { key, entry, step, kind: 'send_email', visit, generation, n: 0, operation: EMAIL };
}

/** Effects a second, `waiting` of them at any time, through `perSecond` calls a second. */
export async function ledgerAlone(rig: Rig, count: number, waiting: number, perSecond: number): Promise<number> {
  const store = await openStore(rig.database);
  const connect = new ConnectClient({ url: rig.sandbox, ...SANDBOX_ACCOUNT, expUnit: 'ms' });
  const delivery = createDelivery({
    store,
    connect,
    rate: perSecond,
    owner: 'bench',
    log: console.error,
    onLateEvidence: (trx, { entry, ...evidence }) => decideNotice(trx, entry, { kind: 'settled', ...evidence }),
    timezoneAttribute: null,
    accept: acceptNamed,
    secret: () => undefined,
  });
  try {
    const entrants = await populate(store, benchPlan('one-send'), count);
    const left = entrants.map(({ body }) => effectOf(body.entry));
    const began = performance.now();
    const one = async () => {
      for (let effect = left.pop(); effect !== undefined; effect = left.pop()) await delivery.deliverLater(effect);
    };
    await Promise.all(Array.from({ length: waiting }, one));
    return (count * 1_000) / (performance.now() - began);
  } finally {
    await delivery.close();
    await connect.close();
    await store.close();
  }
}
