import type { Client } from '@temporalio/client';
import type { Store } from '../store/store.ts';
import { backOff, inBackground } from '../system/background.ts';
import { ownerName } from '../system/owner-name.ts';
import type { Actor } from './act.ts';
import { claim, type Lease, LeaseLost, releaseLater } from './claim.ts';
import { startCloser } from './closer.ts';
import { Pace } from './pace.ts';
import { PublishedFlows } from './published-flows.ts';
import { startReconcile } from './reconcile.ts';
import { startSchedules } from './schedules.ts';
import { callWithin, type TemporalCall } from './temporal-call.ts';
import { reasonOf, troubleOf } from './temporal-errors.ts';
import { takeTurn } from './turn.ts';
import { startUpkeep } from './upkeep.ts';

/** Persons in hand at a time; a turn mostly waits, for Postgres or for Temporal. */
const PERSONS = 64;
/** Starts in flight: a burst of them must leave the server room for signals. */
const STARTS = 32;
const IDLE_MS = 100;
/** Looking for the few persons inside may mean to go through all that are ready: it is paused for this many times what it took. */
const INSIDE_PAUSE = 5;
const CALL_TIMEOUT_MS = 8_000;
/** While Temporal is away one person at a time is tried, after pauses of up to: */
const LONGEST_AWAY_MS = 5_000;
/** A person whose turn fails for a reason of its own is tried again after at most: */
const LONGEST_BACK_OFF_MS = 60_000;

export interface RouterLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RouterOptions {
  readonly store: Store;
  readonly client: Client;
  /** where runs are started */
  readonly taskQueue: string;
  /** every timer of a run started here is divided by this */
  readonly speed: number;
  /** the client shares its `NativeConnection` with a worker in this process: starts are eager */
  readonly eager: boolean;
  /** tells routers apart in `persons.owner`; unique by default */
  readonly owner?: string;
  readonly log: RouterLog;
  /** ms, for one call to Temporal */
  readonly callTimeoutMs?: number;
  /** days for which bodies in quarantine are kept */
  readonly rawDays: number;
}

export interface Router {
  /** there may be something to do now: does not wait for the next poll */
  nudge(): void;
  /** ends the turns under way (a call to Temporal each, at most) and gives every person back */
  stop(): Promise<void>;
}

/** From inbox to starts and notices (PROTOCOLS.md §2). Any number of routers may run against one Postgres. */
export function startRouter(options: RouterOptions): Router {
  const { store, client, taskQueue, speed, eager, log } = options;
  const owner = options.owner ?? ownerName();
  const within = callWithin(client, options.callTimeoutMs ?? CALL_TIMEOUT_MS);
  const turns = new Set<Promise<void>>();
  const failures = new Map<string, number>();
  let claims = 0;
  let backlog = false;
  let insideAt = 0;
  /** how often in a row nobody answered; 0: Temporal is there */
  let away = 0;
  let stopping = false;

  const call: TemporalCall = async (task) => {
    const answer = await within(task);
    if (away > 0) log.info({}, 'Temporal answers again');
    away = 0;
    return answer;
  };
  const published = new PublishedFlows();
  const actor: Actor = { store, client, call, taskQueue, eager, published, starts: new Pace(STARTS), log };

  const routing = inBackground(
    async () => {
      const before = away;
      const free = (before > 0 ? 1 : PERSONS) - turns.size;
      if (free <= 0) return Promise.race(turns).then(() => 0);
      claims += 1;
      // In a backlog every other claim looks for persons inside: their exits do not queue behind a burst of entries.
      const began = performance.now();
      const insideOnly = backlog && claims % 2 === 0 && began >= insideAt;
      const leases = await claim(store, `${owner}/${claims}`, free, insideOnly);
      if (insideOnly) insideAt = performance.now() + INSIDE_PAUSE * (performance.now() - began);
      else backlog = leases.length === free;
      for (const lease of leases) {
        const ended = turn(lease).finally(() => turns.delete(ended));
        turns.add(ended);
      }
      if (before > 0) {
        await Promise.all(turns);
        if (away > before) return backOff(away, 250, LONGEST_AWAY_MS);
      }
      return leases.length > 0 || backlog ? 0 : IDLE_MS;
    },
    (error, times) => {
      if (times === 1) log.error({ error: reasonOf(error) }, 'the store does not answer; the router tries again');
      return backOff(times, 250, 5_000);
    },
  );

  /** Never rejects: what goes wrong with one person is that person's, or Temporal's. */
  async function turn(lease: Lease): Promise<void> {
    try {
      await takeTurn(actor, lease, speed, () => stopping);
      failures.delete(lease.person);
    } catch (error) {
      await failed(lease, error).catch((second: unknown) => {
        log.error({ person: lease.person, error: reasonOf(second) }, 'a person stays claimed until the lease is over');
      });
    }
  }

  async function failed(lease: Lease, error: unknown): Promise<void> {
    if (error instanceof LeaseLost) {
      log.warn({ person: lease.person }, 'a lease was over before the work was done; whoever has it now goes on');
      return;
    }
    if (troubleOf(error) === 'away') {
      if (away === 0) log.warn({ error: reasonOf(error) }, 'Temporal is away; events wait in the inbox');
      // The many that were under way when it went tell no more than one.
      away = turns.size > 1 ? Math.max(away, 1) : away + 1;
      return releaseLater(store, lease, 1_000);
    }
    const times = (failures.get(lease.person) ?? 0) + 1;
    failures.set(lease.person, times);
    log.error(
      { person: lease.person, times, error: reasonOf(error) },
      'a person could not be routed; tried again later',
    );
    await releaseLater(store, lease, backOff(times, 500, LONGEST_BACK_OFF_MS));
  }

  const tools = { store, client, call, taskQueue, owner, log };
  const beside = [
    startCloser(tools),
    startReconcile(tools),
    startSchedules(tools),
    startUpkeep(tools, options.rawDays),
  ];
  return {
    nudge: () => routing.nudge(),
    stop: async () => {
      stopping = true;
      await Promise.all([routing.stop(), ...beside.map((work) => work.stop())]);
      await Promise.all(turns);
    },
  };
}
