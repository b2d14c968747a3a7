import { randomUUID } from 'node:crypto';
import { DeliveryDeferred } from '../../src/delivery/deferral.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import { acceptNamed } from '../../src/ingest/accept-named.ts';
import { ConnectClient, type ConnectSettings } from '../../src/mapp/connect.ts';
import { EngageClient, type EngageSettings } from '../../src/mapp/engage.ts';
import { type Effect, type EffectResult, effectKey, type Operation } from '../../src/plan/effect.ts';
import type { Contact } from '../../src/plan/event.ts';
import { decideNotice } from '../../src/router/decide-notice.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { sealAttributes } from '../../src/store/crypto/seal-values.ts';
import { vaultOf } from '../../src/store/crypto/vault.ts';
import { json } from '../../src/store/store.ts';
import type { StoredAttribute } from '../../src/store/tables/people.ts';
import type { ManualClock } from './manual-clock.ts';
import { ownRate } from './own-rate.ts';
import { person as personIn } from './router/fixtures.ts';
import { type TestStore, testStore } from './store.ts';

const CREDENTIALS = { integrationId: '1cbb8aba-37c4-4f4e-a9a5-6d1e0a3f7c11', secret: 'the-secret' };

const ENGAGE_CREDENTIALS = { user: 'api@shop.example', password: 'engage-secret' };

/** what workers know of the environment */
const SECRETS: { readonly [name: string]: string } = { HOOK_TOKEN: 'hush-hush' };

export const EMAIL: Extract<Operation, { type: 'send' }> = {
  type: 'send',
  channel: 'email',
  message: { name: 'welcome', id: '2324333335' },
  parameters: { coupon: 'SPRING' },
  set: {},
  transactionId: null,
  priority: 'normal',
};
export const PROFILE: Operation = { type: 'profile', set: { Hobbies: 'chess' } };

/** A store, a sandbox, and as many workers as a test wants. */
export interface DeliveryWorld {
  readonly store: TestStore;
  readonly sandboxUrl: string;
  /** what the workers said to operators */
  readonly log: string[];
  client(settings?: Partial<ConnectSettings>): ConnectClient;
  engage(settings?: Partial<EngageSettings>): EngageClient;
  worker(owner: string, options?: Partial<DeliveryOptions>): Delivery;
  person(contact: Contact, attributes?: { [name: string]: StoredAttribute }): Promise<string>;
  /** a run of the person that has seen, and been sent, notice 0 only */
  run(person: string): Promise<string>;
  /** somebody new with a run */
  someone(): Promise<{ readonly email: string; readonly person: string; readonly entry: string }>;
  faults(...rules: Fault[]): Promise<void>;
  /** bodies of the events that Mapp took, in order */
  taken(): Promise<{ readonly [field: string]: string }[]>;
  rows(): Promise<{ key: string; state: string; reason: string | null; owner: string | null }[]>;
  endLease(key: string): Promise<void>;
  close(): Promise<void>;
}

export function effectOf(entry: string, operation: Operation = EMAIL, more: Partial<Effect> = {}): Effect {
  const step = more.step ?? 'send_email_1';
  const generation = more.generation ?? 1;
  return {
    key: effectKey(entry, step, 1, generation),
    entry,
    step,
    kind: 'send_email',
    visit: 1,
    generation,
    n: 0,
    operation,
    ...more,
  };
}

/** Ends when `condition` holds; the test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** What the promise gives, while the clock goes on as the store and Mapp answer in their own time. */
export async function meanwhile<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  promise.then(end, end);
  await until(async () => {
    if (!over) await clock.advance(20);
    return over;
  });
  return promise;
}

/** As Temporal would: asks for each effect again whenever it is told to. Answers how they ended. */
export function untilSettled(
  { deliverLater }: Delivery,
  clock: ManualClock,
  effects: readonly Effect[],
): Promise<EffectResult[]> {
  const one = async (effect: Effect) => {
    for (;;) {
      try {
        return await deliverLater(effect);
      } catch (error) {
        if (!(error instanceof DeliveryDeferred)) throw error;
        await new Promise<void>((resolve) => clock.after(error.nextRetryDelayMs, resolve));
      }
    }
  };
  return meanwhile(clock, Promise.all(effects.map(one)));
}

/** A gate that calls wait at. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

/** `keys`: those that its store is encrypted with */
export async function deliveryWorld(options: { readonly keys?: readonly Buffer[] } = {}): Promise<DeliveryWorld> {
  const store = await testStore(options);
  const sandbox = await startSandbox({
    port: 0,
    dir: null,
    credentials: CREDENTIALS,
    engage: ENGAGE_CREDENTIALS,
    project: null,
    delayMs: 0,
  });
  const closing: (() => Promise<void>)[] = [];
  const log: string[] = [];
  await store.db
    .insertInto('plans')
    .values({ hash: 'p1', flow: 'welcome', plan: json({}) })
    .execute();

  const client = (settings: Partial<ConnectSettings> = {}) => {
    const made = new ConnectClient({ url: sandbox.url, ...CREDENTIALS, expUnit: 'ms', ...settings });
    closing.push(() => made.close());
    return made;
  };
  const engage = (settings: Partial<EngageSettings> = {}) => {
    const made = new EngageClient({ url: sandbox.url, ...ENGAGE_CREDENTIALS, ...settings });
    closing.push(() => made.close());
    return made;
  };
  let ordinal = 0;
  let people = 0;
  async function person(contact: Contact, attributes: { [name: string]: StoredAttribute } = {}): Promise<string> {
    const id = await personIn(store, contact);
    const [sealed] = await sealAttributes(vaultOf(store.db), [{ person: id, attributes }]);
    await store.db
      .updateTable('persons')
      .set({ attributes: json(sealed) })
      .where('id', '=', id)
      .execute();
    return id;
  }
  async function run(person: string): Promise<string> {
    const id = randomUUID();
    ordinal += 1;
    await store.db
      .insertInto('entries')
      .values({
        id,
        flow: 'welcome',
        person,
        key: '',
        ordinal,
        workflow_id: `welcome/${person}/${ordinal}`,
        hash: 'p1',
        mode: 'always',
        state: 'open',
        listens: [],
        event: json({}),
        entered_at: new Date(),
      })
      .execute();
    return id;
  }

  return {
    store,
    sandboxUrl: sandbox.url,
    log,
    client,
    engage,
    worker(owner, options = {}) {
      const delivery = createDelivery({
        store,
        connect: options.connect ?? client(),
        rate: 1_000,
        owner,
        log: (message) => void log.push(message),
        onLateEvidence: (trx, { entry, ...body }) => decideNotice(trx, entry, { kind: 'settled', ...body }),
        timezoneAttribute: 'TimeZone',
        accept: acceptNamed,
        secret: (name) => SECRETS[name],
        random: () => 0,
        ...(options.clock && { turns: ownRate(options.rate ?? 1_000, options.clock) }),
        ...options,
      });
      closing.push(() => delivery.close());
      return delivery;
    },
    person,
    run,
    async someone() {
      people += 1;
      const email = `someone${people}@example.com`;
      const id = await person({ email });
      return { email, person: id, entry: await run(id) };
    },
    async faults(...rules) {
      const answer = await fetch(new URL('/faults', sandbox.url), { method: 'PUT', body: JSON.stringify(rules) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async taken() {
      const answer = await fetch(new URL('/journal', sandbox.url));
      const entries = (await answer.json()) as { accepted: boolean; body: { [field: string]: string } }[];
      return entries.filter(({ accepted }) => accepted).map(({ body }) => body);
    },
    async rows() {
      const rows = await store.db
        .selectFrom('deliveries')
        .select(['key', 'state', 'reason', 'owner'])
        .orderBy('key')
        .execute();
      return rows.map((row) => ({ ...row, reason: row.reason ?? null, owner: row.owner ?? null }));
    },
    async endLease(key) {
      await store.db
        .updateTable('deliveries')
        .set({ lease_until: new Date(0) })
        .where('key', '=', key)
        .execute();
    },
    async close() {
      await Promise.all(closing.map((close) => close()));
      await sandbox.close();
      await store.close();
    },
  };
}
