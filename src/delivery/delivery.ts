import { setMaxListeners } from 'node:events';
import { BATCH, type CallSize } from '../mapp/batch-size.ts';
import type { ConnectClient } from '../mapp/connect.ts';
import { KEY_FIELD } from '../plan/delivery-key.ts';
import type { Activities, AnyEffect, Effect, EffectResult, Handover } from '../plan/effect.ts';
import type { Json } from '../plan/json.ts';
import type { Store } from '../store/store.ts';
import { alone } from './alone.ts';
import { createAttempts } from './attempt.ts';
import { BodyLimit } from './body-limit.ts';
import { Breaker } from './breaker.ts';
import type { CallTurns } from './call-turns.ts';
import { type Clock, type Random, sleep, systemClock } from './clock.ts';
import { type Attempted, DEFERRALS, DeliveryDeferred, deferral } from './deferral.ts';
import { type Engage, EngageAccess } from './engage-access.ts';
import { engageCaller } from './engage-caller.ts';
import { type AcceptEvent, handOver } from './handover.ts';
import { Lanes } from './lanes.ts';
import { createLedger } from './ledger.ts';
import { mappCaller } from './mapp-caller.ts';
import { isEngageSend } from './nature.ts';
import { Pacer, type Patience } from './pacer.ts';
import { Profiles, wantedByCount, wantedByRead } from './profiles.ts';
import { type Rate, sharedRate } from './rate.ts';
import { reconciler } from './reconcile.ts';
import type { OnLateEvidence } from './settle.ts';
import { mayBeOneRow } from './statement.ts';
import { webhookCaller } from './webhook-caller.ts';

/** After a transaction that failed, which may be for another's sake: two new contacts at once. */
const STORE_PAUSE_MS = 500;
/** ms; a router that has fallen behind by an outage is not to be asked by everybody all the time */
const CATCH_UP_MS = 10_000;
/** Calls to Mapp at once. */
const IN_FLIGHT = 4;
/** How long an effect may stand in the queue inside a workflow task, which nothing reaches meanwhile. */
const LOCAL: Patience = { ms: 2_000, throughBreaker: false };
/** How long an ordinary activity waits before it leaves the waiting to Temporal. */
const ORDINARY_MS = 15_000;

export interface DeliveryOptions {
  readonly store: Store;
  readonly connect: Pick<ConnectClient, 'event' | 'batch'>;
  /** calls per second (`MAPP_RATE`) */
  readonly rate: number;
  /** unique for every start of every process: a row under another name belongs to somebody else */
  readonly owner: string;
  /** sentences for operators */
  readonly log: (message: string) => void;
  readonly onLateEvidence: OnLateEvidence;
  /** the project's attribute that holds a contact's own zone; null without one */
  readonly timezoneAttribute: string | null;
  /** value of an environment variable, for the credentials of webhooks */
  readonly secret: (name: string) => string | undefined;
  /** for `emit` and `start_flow` that aim at another contact */
  readonly accept: AcceptEvent;
  /** Mapp Engage; without it `contact.*` is what the store knows, and nothing goes out through it */
  readonly engage?: {
    readonly client: Engage;
    /** its turns; those that all workers on the store share unless told */
    readonly turns?: Rate;
    /** ms after which what the store knows of a contact counts as old */
    readonly maxAge: number;
    /** the value that a text of Mapp stands for; undefined: one to leave out */
    readonly typed: (attribute: string, text: string) => Json | undefined;
  };
  /** the field of messages that carries their key; `KEY_FIELD` unless told */
  readonly keyField?: string;
  /** what one call may hold; `BATCH` unless told */
  readonly batch?: CallSize;
  /** moved by hand in tests, then with a `turns` that follows it */
  readonly clock?: Clock;
  /** the rate limit; the one that all workers on the store share unless told */
  readonly turns?: Rate;
  readonly random?: Random;
}

/** The delivery ledger of one worker process (PROTOCOLS.md §1). */
export interface Delivery extends Activities {
  /** for what else calls Connect */
  readonly turns: CallTurns;
  /** Within about 2 s in the queue, else `deferred`; what is claimed is finished. Store trouble means `deferred` too. */
  deliver(effect: AnyEffect): Promise<EffectResult>;
  /** Waits up to 15 s, then throws `DeliveryDeferred`. Never answers `deferred`. */
  deliverLater(effect: AnyEffect): Promise<EffectResult>;
  /** From now on effects are deferred; ends when those that were claimed are settled. Reads go on. */
  drain(): Promise<void>;
  /** `drain`, but gives up writing to a store that does not answer: what was under way becomes unknown after its lease. */
  close(): Promise<void>;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { store, connect, rate, owner, log, onLateEvidence, timezoneAttribute, secret, accept } = options;
  const { clock = systemClock, random = Math.random } = options;
  const draining = new AbortController();
  const closed = new AbortController();
  // one listener for every effect that waits
  setMaxListeners(0, draining.signal, closed.signal);
  const mappBreaker = new Breaker(clock, random);
  const storeBreaker = new Breaker(clock, random);
  const turns = options.turns ?? sharedRate(store, 'connect', rate);
  const pacer = new Pacer({
    rate: turns,
    inFlight: IN_FLIGHT,
    clock,
    breaker: mappBreaker,
    onDelay: () => mapp.sweep(),
  });
  const lanes = new Lanes(clock);
  const onStoreError = (error: unknown, doing: string) =>
    log(`the store does not answer while ${doing} (${error instanceof Error ? error.message : error}): trying on`);
  const ledger = createLedger({
    store,
    owner,
    clock,
    closed: closed.signal,
    onLateEvidence,
    onStoreError,
    timezoneAttribute,
  });
  const size = new BodyLimit(options.batch ?? BATCH, clock);
  const keyField = options.keyField ?? KEY_FIELD;
  const mapp = mappCaller({
    connect,
    ledger,
    pacer,
    breaker: mappBreaker,
    lanes,
    clock,
    size,
    keyField,
    log,
  });
  const webhooks = webhookCaller({ secret, draining: draining.signal });
  const hooks = alone({ ledger, lanes, clock }, webhooks);
  const { access, profiles } = engageParts(options, { clock, random });
  const byEngage = alone({ ledger, lanes, clock }, engageCaller(access, keyField));
  const attempt = createAttempts({
    owner,
    callerOf: (operation) => (operation.type === 'webhook' ? hooks : isEngageSend(operation) ? byEngage : mapp),
    ledger,
    reconcile: reconciler({ store, access, ledger }),
    storeBreaker,
    clock,
    draining: draining.signal,
    log,
  });

  /** one attempt per key: a task that is redone joins the one under way */
  const underWay = new Map<string, Promise<Attempted>>();
  function attempted(effect: AnyEffect, patience: Patience): Promise<Attempted> {
    const joined = underWay.get(effect.key);
    if (joined !== undefined) return joined;
    const started = (isHandover(effect) ? handedOver(effect) : known(effect as Effect, patience)).finally(() =>
      underWay.delete(effect.key),
    );
    underWay.set(effect.key, started);
    return started;
  }

  /** What a count adds to must be known first, or it would begin at 0 again. */
  async function known(effect: Effect, patience: Patience): Promise<Attempted> {
    const { entry, operation } = effect;
    if (profiles !== null && operation.type === 'count' && !draining.signal.aborted) {
      try {
        const waiting = await profiles.refresh(wantedByCount(entry, operation));
        if (waiting !== null) return waiting;
      } catch (error) {
        onStoreError(error, `reading for ${effect.key}`);
        return deferral('store_unavailable', STORE_PAUSE_MS);
      }
    }
    return attempt(effect, patience);
  }

  /** It takes no turn: nothing but the store is asked. */
  async function handedOver(effect: Effect<Handover>): Promise<Attempted> {
    if (draining.signal.aborted) return deferral('draining', 0);
    const pause = storeBreaker.remaining();
    if (pause > 0) return deferral('store_unavailable', pause);
    try {
      return await handOver(store, effect, accept);
    } catch (error) {
      if (mayBeOneRow(error)) throw error;
      onStoreError(error, `handing over ${effect.key}`);
      return deferral('store_unavailable', STORE_PAUSE_MS);
    }
  }

  async function caughtUp(entry: string): Promise<number> {
    const { behind, sent } = await ledger.told(entry);
    if (behind) throw new DeliveryDeferred(deferral('catching_up', CATCH_UP_MS), random);
    return sent;
  }

  async function drain(): Promise<void> {
    draining.abort();
    mapp.drain();
    pacer.drain();
    access?.drain();
    while (underWay.size > 0) await Promise.allSettled(underWay.values());
  }

  return {
    turns: { size, pause: () => mappBreaker.remaining(), turn: (name) => mapp.turn(name) },

    async deliver(effect) {
      const result = await attempted(effect, LOCAL);
      return result.outcome === 'deferred' ? { outcome: 'deferred', reason: DEFERRALS[result.why] } : result;
    },

    async deliverLater(effect) {
      const deadline = clock.now() + ORDINARY_MS;
      for (;;) {
        const ms = Math.max(0, deadline - clock.now());
        const result = await attempted(effect, { ms, throughBreaker: true });
        if (result.outcome !== 'deferred') return result;
        const hopeless = clock.now() + result.retryInMs >= deadline;
        if (hopeless || draining.signal.aborted) throw new DeliveryDeferred(result, random);
        await sleep(clock, result.retryInMs, draining.signal);
      }
    },

    async read(request) {
      if (request.caughtUp) return { contact: {}, groups: {}, caughtUp: await caughtUp(request.entry) };
      const waiting = (await profiles?.refresh(wantedByRead(request))) ?? null;
      if (waiting !== null) throw new DeliveryDeferred(waiting, random);
      return ledger.read(request);
    },
    drain,
    async close() {
      closed.abort();
      await drain();
      await webhooks.close();
    },
  };
}

/** Engage as this worker has it. */
function engageParts(
  { store, engage, rate, timezoneAttribute, log }: DeliveryOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): { readonly access: EngageAccess | null; readonly profiles: Profiles | null } {
  if (engage === undefined) return { access: null, profiles: null };
  const { client, maxAge, typed, turns = sharedRate(store, 'engage', rate) } = engage;
  const access = new EngageAccess({ engage: client, rate: turns, clock, random, log });
  return { access, profiles: new Profiles({ store, access, maxAge, timezoneAttribute, typed, log }) };
}

function isHandover(effect: AnyEffect): effect is Effect<Handover> {
  return effect.operation.type === 'handover';
}
