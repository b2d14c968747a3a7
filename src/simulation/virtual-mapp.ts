/** The ledger, and Mapp and webhooks behind it, as a run sees them: each effect is answered once and for all, under its key. */
import { MappError } from '../mapp/errors.ts';
import { type MappOperation, OPERATIONS, rowOf } from '../mapp/operations.ts';
import { toCall } from '../mapp/to-call.ts';
import type { AnyEffect, EffectResult, Webhook } from '../plan/effect.ts';
import { quietEnd } from '../plan/limits.ts';
import { addDuration } from '../plan/local-time.ts';
import type { CaseAnswer, CaseFailure } from '../plan/test-case.ts';
import type { VirtualContact } from './virtual-contact.ts';

const REASONS = { 400: 'Mapp answered 400', 500: 'Mapp answered 500', timeout: 'no answer in time' } as const;
const ACCEPTED: EffectResult = { outcome: 'accepted' };

export class VirtualMapp {
  private readonly settled = new Map<string, EffectResult>();
  /** messages that went out, or may have, and that caps count */
  private readonly counted: { readonly at: number; readonly channel: string; readonly step: string }[] = [];
  private readonly contact: VirtualContact;
  private readonly failures: { readonly step: string; readonly with: CaseFailure['with']; left: number }[];
  private readonly webhooks: { readonly [step: string]: CaseAnswer };

  constructor(
    contact: VirtualContact,
    failures: readonly CaseFailure[],
    webhooks: { readonly [step: string]: CaseAnswer },
  ) {
    this.contact = contact;
    this.failures = failures.map(({ times, ...failure }) => ({ ...failure, left: times }));
    this.webhooks = webhooks;
  }

  /** `now` in ms */
  deliver(effect: AnyEffect, now: number): EffectResult {
    const stored = this.settled.get(effect.key);
    if (stored !== undefined) return stored;
    const result = this.limited(effect, now) ?? decided(effect, this.carryOut(effect));
    if (result.outcome === 'hold') return result;
    this.count(effect, result, now);
    if (result.outcome !== 'deferred') this.settled.set(effect.key, result);
    return result;
  }

  /** What keeps the message back; in virtual time nothing is ever late. */
  private limited({ limits, operation, ...effect }: AnyEffect, now: number): EffectResult | null {
    const until = limits?.quiet === undefined ? null : quietEnd(limits.quiet, this.contact.timezone, now);
    if (until !== null) return { outcome: 'hold', until, why: 'quiet' };
    if (operation.type !== 'send') return null;
    const over = limits?.caps?.some(({ messages, per, channel }) => {
      const since = addDuration(now, { months: -per.months, days: -per.days, ms: -per.ms }, 'UTC');
      const others = this.counted.filter(
        (one) => one.at > since && (channel ?? one.channel) === one.channel && one.step !== stepOf(effect),
      );
      return others.length >= messages;
    });
    return over ? { outcome: 'skipped', reason: 'cap' } : null;
  }

  private count({ operation, ...effect }: AnyEffect, { outcome }: EffectResult, at: number): void {
    if (operation.type !== 'send' || operation.priority === 'transactional') return;
    const { channel } = operation;
    if (outcome === 'accepted' || outcome === 'unknown') this.counted.push({ at, channel, step: stepOf(effect) });
  }

  private carryOut(effect: AnyEffect): EffectResult {
    const { operation, step } = effect;
    if (operation.type === 'handover') return ACCEPTED;
    if (operation.type === 'webhook') return this.callWebhook(step, operation);
    const answer = operation.type === 'count' ? this.contact.counted(operation) : undefined;
    const made = answer === undefined ? operation : { ...operation, set: answer };
    const result = this.callMapp(step, made as MappOperation);
    if (result.outcome !== 'accepted') return result;
    this.contact.written({ ...effect, operation: made as MappOperation });
    return answer === undefined ? result : { ...result, answer };
  }

  private callMapp(step: string, operation: MappOperation): EffectResult {
    try {
      const call = toCall(operation, this.contact.identifiers);
      if ('skip' in call) return { outcome: 'skipped', reason: call.skip };
    } catch (error) {
      if (!(error instanceof MappError)) throw error;
      return { outcome: 'rejected', reason: error.message };
    }
    const failure = this.failures.find((one) => one.step === step && one.left > 0);
    if (failure === undefined) return ACCEPTED;
    failure.left -= 1;
    const reason = REASONS[failure.with];
    if (failure.with === '400') return { outcome: 'rejected', reason };
    // A write that may be repeated is repeated until Mapp takes it.
    return { outcome: OPERATIONS[rowOf(operation)].repeatable ? 'deferred' : 'unknown', reason };
  }

  /** A webhook of which the case says nothing is answered 200, without a body. */
  private callWebhook(step: string, { expect }: Webhook): EffectResult {
    const { status, body } = this.webhooks[step] ?? { status: 200, body: null };
    const answer = { status, body };
    const fine = expect === null ? status >= 200 && status < 300 : expect.includes(status);
    return fine ? { outcome: 'accepted', answer } : { outcome: 'rejected', reason: `answered ${status}`, answer };
  }
}

/** One visit of one step, whatever its attempts. */
function stepOf({ entry, step, visit }: Pick<AnyEffect, 'entry' | 'step' | 'visit'>): string {
  return `${entry}/${step}/${visit}`;
}

/** What the step's settings decide in an operator's place. There is no message history in virtual time to reconcile with. */
function decided({ decides }: AnyEffect, result: EffectResult): EffectResult {
  const resolution =
    result.outcome === 'unknown' ? decides?.unknown : result.outcome === 'rejected' ? decides?.rejected : undefined;
  return resolution === undefined || resolution === 'reconcile' ? result : ({ ...result, resolution } as EffectResult);
}
