import type { Effect, ReadRequest, ReadResult } from '../plan/effect.ts';
import type { Store } from '../store/store.ts';
import { claimCapped, isCapped } from './caps.ts';
import { caughtUp, type Told } from './caught-up.ts';
import { type Claim, claim } from './claim.ts';
import { type Clock, sleep } from './clock.ts';
import { type Counted, count } from './count.ts';
import { grouped, STATEMENT_GROUP } from './grouped.ts';
import { createHolds, type Holds } from './hold.ts';
import { answerOf, look, type Settled, type Standing } from './look.ts';
import { read, UnknownEntry } from './read.ts';
import { decide, expire, found, giveBack, type OnLateEvidence, type Settlement, settle, settleLate } from './settle.ts';

/** Pauses between attempts to write down what happened, in ms; the last one repeats. */
const INSISTENCE_MS = [50, 200, 1_000, 5_000] as const;

export interface LedgerOptions {
  readonly store: Store;
  /** unique for ever: rows under another name belong to somebody else */
  readonly owner: string;
  readonly clock: Clock;
  /** ends the insisting: what is not written down by then becomes unknown when its lease is over */
  readonly closed: AbortSignal;
  readonly onLateEvidence: OnLateEvidence;
  /** told once of each thing that has to be insisted on */
  readonly onStoreError: (error: unknown, doing: string) => void;
  readonly timezoneAttribute: string | null;
}

/** An answer that somebody has to decide about. */
export type Undecided = Extract<Settled, { readonly outcome: 'unknown' | 'rejected' }>;

/** The table's transitions, in groups, as one worker uses them. */
export interface Ledger {
  claim(effect: Effect): Promise<Claim>;
  /** whether a message must not go out yet */
  holdOf: Holds;
  look(effect: Effect): Promise<Standing>;
  expire(key: string): Promise<void>;
  /** Insists until the outcome is written; answers what stands, which an operator may have decided meanwhile. */
  settle(effect: Effect, settlement: Settlement): Promise<Settled>;
  /** What the step's settings say of an undecided row; answers what stands, which may be another's word or late evidence. */
  decide(effect: Effect, answer: Undecided, resolution: 'resend' | 'skip'): Promise<Settled>;
  /** An undecided row's message was found at Mapp; answers what stands. */
  found(effect: Effect, answer: Undecided): Promise<Settled>;
  /** the values that a claimed count writes */
  count(key: string): Promise<Counted>;
  /** Insists. Where somebody has declared it unknown meanwhile it stays so. */
  giveBack(key: string): Promise<void>;
  read(request: ReadRequest): Promise<ReadResult>;
  /** @throws UnknownEntry */
  told(entry: string): Promise<Told>;
}

export function createLedger(options: LedgerOptions): Ledger {
  const { store, owner, clock, closed, onLateEvidence, onStoreError } = options;
  const claimGrouped = grouped((effects: readonly Effect[]) => claim(store, owner, effects), STATEMENT_GROUP);
  const claimCappedGrouped = grouped(
    (effects: readonly Effect[]) => claimCapped(store, owner, effects),
    STATEMENT_GROUP,
  );
  const settleGrouped = grouped((rows: readonly Settlement[]) => settle(store, owner, rows), STATEMENT_GROUP);
  const giveBackGrouped = grouped(async (keys: readonly string[]) => {
    await giveBack(store, owner, keys);
    return keys;
  }, STATEMENT_GROUP);
  const countGrouped = grouped((keys: readonly string[]) => count(store, keys), STATEMENT_GROUP);
  const lookGrouped = grouped((effects: readonly Effect[]) => look(store, effects), STATEMENT_GROUP);
  const readGrouped = grouped(
    (requests: readonly ReadRequest[]) => read(store, requests, options.timezoneAttribute),
    STATEMENT_GROUP,
  );

  const toldGrouped = grouped((entries: readonly string[]) => caughtUp(store, entries), STATEMENT_GROUP);

  async function insist<Result>(doing: string, attempt: () => Promise<Result>): Promise<Result> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (closed.aborted) throw error;
        if (failures === 0) onStoreError(error, doing);
        await sleep(clock, INSISTENCE_MS[Math.min(failures, INSISTENCE_MS.length - 1)] ?? 0, closed);
      }
    }
  }

  async function settleOnce(effect: Effect, settlement: Settlement): Promise<Settled> {
    const { outcome, reason, answer } = settlement;
    const written =
      (await settleGrouped(settlement)) ||
      (outcome !== 'unknown' && (await settleLate(store, owner, { ...settlement, outcome }, onLateEvidence)));
    const own = answerOf({ state: outcome, reason, resolution: null, answer: answer ?? null })!;
    if (written) return own;
    // an earlier attempt wrote it and its answer was lost, or somebody decided otherwise meanwhile
    const { row } = await lookGrouped(effect);
    return (row === null ? null : answerOf(row)) ?? own;
  }

  async function standing(effect: Effect, answer: Undecided): Promise<Settled> {
    const { row } = await lookGrouped(effect);
    return (row === null ? null : answerOf(row)) ?? answer;
  }

  return {
    claim: (effect) => (isCapped(effect) ? claimCappedGrouped(effect) : claimGrouped(effect)),
    holdOf: createHolds(store, options.timezoneAttribute),
    look: lookGrouped,
    expire: (key) => expire(store, [key]),
    settle: (effect, settlement) =>
      insist(`writing down that ${effect.key} is ${settlement.outcome}`, () => settleOnce(effect, settlement)),
    decide: async (effect, answer, resolution) => {
      if (await decide(store, effect.key, answer.outcome, resolution)) return { ...answer, resolution };
      return standing(effect, answer);
    },
    found: async (effect, answer) =>
      (await found(store, effect.key)) ? { outcome: 'accepted' } : standing(effect, answer),
    count: async (key) => {
      const counted = await countGrouped(key);
      if (counted === null) throw new Error(`the row ${key} is gone`);
      return counted;
    },
    giveBack: async (key) => {
      await insist(`giving back ${key}`, () => giveBackGrouped(key));
    },
    read: async (request) => {
      const answer = await readGrouped(request);
      if (answer instanceof UnknownEntry) throw answer;
      return answer;
    },
    told: async (entry) => {
      const told = await toldGrouped(entry);
      if (told === null) throw new UnknownEntry(entry);
      return told;
    },
  };
}
