/** The ledger, and Mapp and webhooks behind it, as a run sees them: each effect is answered once and for all, under its key. */
import { MappError } from '../mapp/errors.ts';
import { type MappOperation, OPERATIONS, rowOf } from '../mapp/operations.ts';
import { toCall } from '../mapp/to-call.ts';
import type { AnyEffect, Effect, EffectResult, Webhook } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { CaseAnswer, CaseFailure, CaseInput } from '../plan/test-case.ts';
import type { VirtualContact } from './virtual-contact.ts';
import type { VirtualLimits } from './virtual-limits.ts';

const REASONS = { 400: 'Mapp answered 400', 500: 'Mapp answered 500', timeout: 'no answer in time' } as const;
const ACCEPTED: EffectResult = { outcome: 'accepted' };

export class VirtualMapp {
  private readonly settled = new Map<string, EffectResult>();
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
    const result = decided(effect, this.carryOut(effect));
    if (result.outcome !== 'deferred' && result.outcome !== 'hold') this.settled.set(effect.key, result);
    return result;
  }

  private carryOut(effect: AnyEffect): EffectResult {
    const { operation, step } = effect;
    if (operation.type === 'handover') return ACCEPTED;
    if (operation.type === 'webhook') return this.callWebhook(step, operation);
    const answer = operation.type === 'count' ? this.contact.counted(operation) : undefined;
    const made = answer === undefined ? operation : { ...operation, set: answer };
    const asked = { ...effect, operation: made as MappOperation };
    const result = this.limited(asked) ?? this.callMapp(step, asked.operation);
    if (result.outcome === 'accepted' || result.outcome === 'unknown') this.limits.taken(asked, this.now());
    if (result.outcome !== 'accepted') return result;
    this.contact.written(asked);
    this.onAccepted(asked);
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

function hasAddress(operation: MappOperation, contact: Contact): boolean {
  return OPERATIONS[rowOf(operation)].address.some(([kind]) => (contact[kind] ?? '').trim() !== '');
}

/** What the step's settings decide in an operator's place. There is no message history in virtual time to reconcile with. */
function decided({ decides }: AnyEffect, result: EffectResult): EffectResult {
  const resolution =
    result.outcome === 'unknown' ? decides?.unknown : result.outcome === 'rejected' ? decides?.rejected : undefined;
  return resolution === undefined || resolution === 'reconcile' ? result : ({ ...result, resolution } as EffectResult);
}
