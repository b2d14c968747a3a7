/**
 * A whole engine in virtual time: the real ingest over HTTP, the real store and SQL, the router's real turns, the real ledger and
 * sandbox, around a virtual Temporal. Months pass in seconds, and nobody touches a row.
 */
import { expect } from 'vitest';
import { createDelivery } from '../../../src/delivery/delivery.ts';
import { acceptNamed } from '../../../src/ingest/accept-named.ts';
import { startIngest } from '../../../src/ingest/server.ts';
import { ConnectClient } from '../../../src/mapp/connect.ts';
import type { TrailLine } from '../../../src/plan/notice.ts';
import type { Project } from '../../../src/plan/project.ts';
import type { Actor } from '../../../src/router/act.ts';
import { claim, type Lease, releaseLater } from '../../../src/router/claim.ts';
import { closeListed, type Tools } from '../../../src/router/closer.ts';
import { decideNotice } from '../../../src/router/decide-notice.ts';
import { createTimedActivities } from '../../../src/router/enter-due.ts';
import { Pace } from '../../../src/router/pace.ts';
import { createPassOver } from '../../../src/router/pass-over.ts';
import { publish } from '../../../src/router/publish.ts';
import { PublishedFlows } from '../../../src/router/published-flows.ts';
import { reconcileSchedules } from '../../../src/router/schedules.ts';
import { troubleOf } from '../../../src/router/temporal-errors.ts';
import { takeTurn } from '../../../src/router/turn.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { compiled } from '../engine.ts';
import { credentials } from '../sandbox.ts';
import { virtualClock } from './clock.ts';
import { VirtualTemporal } from './temporal.ts';

export interface VirtualEngineOptions {
  readonly project: Project;
  /** ms since the epoch */
  readonly start: number;
  /** a run continues as new after so many events; never unless told */
  readonly renewAfter?: number;
}

export interface PostedEvent {
  readonly event: string;
  readonly id: string;
  /** ISO 8601; now unless told */
  readonly time?: string;
  readonly contact: { readonly email: string; readonly attributes?: { readonly [name: string]: string } };
  readonly data?: object;
}

/** Who is first when Temporal is back: the timers that are overdue, the router with what it has received, or some of each. */
export type First = 'timers' | 'router' | 'mixed';

export type VirtualEngine = Awaited<ReturnType<typeof virtualEngine>>;

/** What the router waits before it tries a person again while Temporal is away (`router.ts`). */
const AWAY_MS = 1_000;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

export async function virtualEngine(options: VirtualEngineOptions) {
  const { project } = options;
  const clock = await virtualClock(options.start);
  const { store } = clock;
  const sandbox = await startSandbox({
    ...{ port: 0, dir: null, credentials, engage: { user: 'u', password: 'p' }, project, delayMs: 0 },
  });
  const connect = new ConnectClient({ url: sandbox.url, ...credentials, expUnit: 'ms' });
  const delivery = createDelivery({
    ...{ store, connect, rate: 1_000, owner: 'virtual', accept: acceptNamed, random: () => 0 },
    log: () => {},
    onLateEvidence: (trx, { entry, ...body }) => decideNotice(trx, entry, { kind: 'settled', ...body }),
    timezoneAttribute: project.timezone_attribute,
    secret: () => undefined,
  });
  const ingest = await startIngest({
    ...{ store, project, secrets: { shop: ['token'] }, host: '127.0.0.1', port: 0, dev: false },
    passOver: createPassOver(),
    onAccepted: () => {},
    log: () => {},
  });
  const temporal = new VirtualTemporal({
    ...{ now: clock.now, delivery, renewAfter: options.renewAfter ?? Number.POSITIVE_INFINITY },
    timed: createTimedActivities(store, project.timezone_attribute),
  });
  const call: Actor['call'] = (task) => task();
  const shared = { store, client: temporal.client, call, taskQueue: 'virtual', log: silent };
  const actor: Actor = { ...shared, eager: false, published: new PublishedFlows(), starts: new Pace(32) };
  const tools: Tools = { ...shared, owner: 'virtual' };
  let claims = 0;
  let listed = 0;
  let deciding = true;

  /** As the router does with a person. */
  async function turn(lease: Lease): Promise<void> {
    try {
      await takeTurn(actor, lease, 1, () => false);
    } catch (error) {
      if (troubleOf(error) !== 'away') throw error;
      await releaseLater(store, lease, AWAY_MS);
    }
  }

  /** Routes `limit` persons that are ready; answers how many there were. */
  async function routeSome(limit: number): Promise<number> {
    claims += 1;
    const leases = await claim(store, `virtual/${claims}`, limit, false);
    await Promise.all(leases.map(turn));
    await temporal.agenda.idle();
    return leases.length;
  }

  async function route(): Promise<void> {
    if (temporal.away && !deciding) return;
    while ((await routeSome(64)) > 0);
    const ended = [...temporal.runs.values()].filter((run) => run.ended !== null).length;
    if (temporal.away || ended === listed) return;
    listed = ended;
    await closeListed(tools);
  }

  /** Lets everything happen that is to happen before or at a moment (ms since the epoch). */
  async function to(moment: number): Promise<void> {
    await route();
    while (temporal.next <= moment) {
      await clock.set(Math.max(clock.now(), temporal.next));
      await temporal.schedules.fire();
      await temporal.ring();
      await route();
    }
    await clock.set(moment);
    await route();
  }

  return {
    ...{ store, temporal, to, sandboxUrl: sandbox.url, now: clock.now },

    /** Answers what the ingest answered. */
    async post(events: readonly PostedEvent[]): Promise<{ accepted: number; duplicates: number }> {
      const answer = await fetch(`${ingest.url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer token' },
        body: JSON.stringify(events),
      });
      const body = (await answer.json()) as { accepted: number; duplicates: number };
      expect(answer.status, JSON.stringify(body)).toBe(202);
      return body;
    },

    async publish(flows: readonly string[]): Promise<void> {
      await publish(
        store,
        flows.map((text, at) => compiled(text, project, at)),
      );
      if (!temporal.away) await reconcileSchedules(tools);
    },

    /** `routing` false: the router gets to nobody before Temporal is back, as where many are in front of them. */
    leave({ routing }: { readonly routing: boolean }): void {
      temporal.away = true;
      deciding = routing;
    },

    /** Temporal is there again. `lot` (in [0, 1)) draws how many come at a time where it is `mixed`. */
    async back(first: First, lot: () => number): Promise<void> {
      temporal.away = false;
      await clock.set(clock.now() + AWAY_MS);
      const some = () => 1 + Math.floor(lot() * 5);
      if (first === 'router') await route();
      while (first === 'mixed' && (temporal.agenda.next <= clock.now() || (await routeSome(some())) > 0)) {
        await temporal.ring(some());
      }
      await temporal.schedules.fire();
      await temporal.ring();
      await route();
    },

    /** The person's entries, oldest first, each with its run's lines as `03-02T09:00 send_email welcome sent`. */
    async entriesOf(email: string): Promise<{ id: string; flow: string; run: string; lines: string[] }[]> {
      const { db } = store;
      // Compared here: the store may be encrypted.
      const known = await db.selectFrom('identifiers').select(['person', 'display']).execute();
      const rows = await db
        .selectFrom('entries')
        .select(['id', 'flow', 'workflow_id as run'])
        .where('person', '=', known.find(({ display }) => display === email)!.person)
        .orderBy('entered_at')
        .orderBy('workflow_id')
        .execute();
      return rows.map((row) => {
        const ended = temporal.runs.get(row.run)?.ended;
        return { ...row, lines: ended != null && 'result' in ended ? ended.result.trail.map(lineOf) : [] };
      });
    },

    async close(): Promise<void> {
      await ingest.close();
      await delivery.close();
      await connect.close();
      await sandbox.close();
      await clock.close();
    },
  };
}

function lineOf({ at, kind, what, outcome, data }: TrailLine): string {
  return [at.slice(5, 16), kind, what, outcome, data?.reason].filter((part) => part != null).join(' ');
}
