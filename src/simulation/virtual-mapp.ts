/** The ledger, and Mapp and webhooks behind it, as a run sees them: each effect is answered once and for all, under its key. */
import { MappError } from '../mapp/errors.ts';
import { type MappOperation, OPERATIONS, rowOf } from '../mapp/operations.ts';
import { toCall } from '../mapp/to-call.ts';
import type { AnyEffect, Effect, EffectResult, Webhook } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import { LAST_LOOK_MS, LOOKS_MS, MOST_SENDS, messageOf } from '../plan/reconciling.ts';
import type { CaseAnswer, CaseFailure, CaseInput } from '../plan/test-case.ts';
import type { VirtualContact } from './virtual-contact.ts';
import type { VirtualLimits } from './virtual-limits.ts';

const REASONS = {
  400: 'Mapp answered 400',
  500: 'Mapp answered 500',
  timeout: 'no answer in time',
  reconcile: 'the message history is asked',
} as const;
const ACCEPTED: EffectResult = { outcome: 'accepted' };

export class VirtualMapp {
  private readonly settled = new Map<string, EffectResult>();
  /** sends of unknown fate, and what Mapp knows of them: when, and whether it took them */
  private readonly unknown = new Map<string, { readonly at: number; readonly taken: boolean }>();
  private readonly contact: VirtualContact;
  private readonly failures: { readonly step: string; readonly with: CaseFailure['with']; left: number }[];
  private readonly webhooks: { readonly [step: string]: CaseAnswer };

  private readonly limits: VirtualLimits;
  private readonly now: () => number;
  private readonly onAccepted: (effect: Effect) => void;

  constructor(
    contact: VirtualContact,
    { failures, webhooks }: Pick<CaseInput, 'failures' | 'webhooks'>,
    {
      limits,
      now,
      onAccepted,
    }: {
      readonly limits: VirtualLimits;
      readonly now: () => number;
      readonly onAccepted: (effect: Effect) => void;
    },
  ) {
    this.contact = contact;
    this.limits = limits;
    this.now = now;
    this.onAccepted = onAccepted;
    this.failures = failures.map(({ times, ...failure }) => ({ ...failure, left: times }));
    this.webhooks = webhooks;
  }

  deliver(effect: AnyEffect): EffectResult {
    const stored = this.settled.get(effect.key);
    if (stored !== undefined) return stored;
    const result = decided(effect, this.reconciled(effect) ?? this.carryOut(effect));
    if (result.outcome !== 'deferred' && result.outcome !== 'hold') this.settled.set(effect.key, result);
    return result;
  }

  /** What looking into the message history says of a send of unknown fate; null: there is nothing to look for. */
  private reconciled(effect: AnyEffect): EffectResult | null {
    const send = this.unknown.get(effect.key);
    if (send === undefined) return null;
    const { generation, operation } = effect;
    const age = this.now() - send.at;
    const looked = send.taken ? LOOKS_MS[0] : LAST_LOOK_MS;
    if (age < looked) return { outcome: 'deferred', reason: REASONS.reconcile };
    if (send.taken) {
      this.taken({ ...effect, operation: operation as MappOperation });
      return ACCEPTED;
    }
    const again = generation < MOST_SENDS ? ({ resolution: 'resend' } as const) : {};
    return { outcome: 'unknown', reason: 'Mapp did not take it', ...again };
  }

  private taken(effect: Effect): void {
    this.contact.written(effect);
    this.onAccepted(effect);
  }

  private carryOut(effect: AnyEffect): EffectResult {
    const { operation, step } = effect;
    if (operation.type === 'handover') return ACCEPTED;
    if (operation.type === 'webhook') return this.callWebhook(step, operation);
    const answer = operation.type === 'count' ? this.contact.counted(operation) : undefined;
    const made = answer === undefined ? operation : { ...operation, set: answer };
    const asked = { ...effect, operation: made as MappOperation };
    const result = this.limited(asked) ?? this.callMapp(asked, asked.operation);
    if (result.outcome === 'accepted' || result.outcome === 'unknown') this.limits.taken(asked, this.now());
    if (result.outcome === 'unknown' && asked.decides?.unknown === 'reconcile' && messageOf(asked.operation) !== null)
      return { outcome: 'deferred', reason: REASONS.reconcile };
    if (result.outcome !== 'accepted') return result;
    this.taken(asked);
    return answer === undefined ? result : { ...result, answer };
  }

  private limited(effect: Effect): EffectResult | null {
    const now = this.now();
    const hold = this.limits.hold(effect, this.contact.timezone, now);
    if (hold !== null) return hold;
    if (effect.limits?.late === 'skip') return { outcome: 'skipped', reason: 'late' };
    // Who has no address is neither asked for consent nor one too many.
    const addressed = hasAddress(effect.operation as MappOperation, this.contact.identifiers);
    if (!addressed) return null;
    const refused = effect.operation.type === 'send' ? this.contact.refuses(effect.operation) : null;
    if (refused !== null) return { outcome: 'skipped', reason: refused };
    return this.limits.over(effect, now) ? { outcome: 'skipped', reason: 'cap' } : null;
  }

  private callMapp({ key, step }: Effect, operation: MappOperation): EffectResult {
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
    if (OPERATIONS[rowOf(operation)].repeatable) return { outcome: 'deferred', reason }; // until Mapp takes it
    this.unknown.set(key, { at: this.now(), taken: failure.with === 'timeout' });
    return { outcome: 'unknown', reason };
  }

  /** A webhook of which the case says nothing is answered 200, without a body. */
  private callWebhook(step: string, { expect }: Webhook): EffectResult {
    const { status, body } = this.webhooks[step] ?? { status: 200, body: null };
    const answer = { status, body };
    const fine = expect === null ? status >= 200 && status < 300 : expect.includes(status);
    return fine ? { outcome: 'accepted', answer } : { outcome: 'rejected', reason: `answered ${status}`, answer };
  }
}

function hasAddress(operation: MappOperation, contact: Contact): boolean {
  return OPERATIONS[rowOf(operation)].address.some(([kind]) => (contact[kind] ?? '').trim() !== '');
}

/** What the step's settings decide in an operator's place; `reconcile` has had its say, or there is nothing to look for. */
function decided({ decides }: AnyEffect, result: EffectResult): EffectResult {
  const resolution =
    result.outcome === 'unknown' && result.resolution === undefined
      ? decides?.unknown
      : result.outcome === 'rejected'
        ? decides?.rejected
        : undefined;
  return resolution === undefined || resolution === 'reconcile' ? result : ({ ...result, resolution } as EffectResult);
}
