import { setTimeout as sleep } from 'node:timers/promises';
import type { Feedback } from './feedback.ts';
import type { Reaction } from './reactions.ts';
import { Recent } from './recent.ts';

/** Where feedback goes; the token, as `Authorization: Bearer`, is null where the receiver asks for none. */
export interface CallbackTarget {
  readonly url: string;
  readonly token: string | null;
}

export function isHttpUrl(url: unknown): url is string {
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** One request that was made, for people to look at. */
export interface CallbackAttempt {
  /** ISO 8601 UTC */
  readonly at: string;
  readonly url: string;
  readonly about: string;
  /** null: no answer came */
  readonly status: number | null;
  /** why no answer came */
  readonly error: string | null;
}

/** Mapp names no retry rule: a receiver that is restarted is found again, one that is gone is given up. */
const PAUSES_MS = [200, 1_000, 5_000] as const;
const TIMEOUT_MS = 10_000;
/** Items of one request. */
const MOST_ITEMS = 100;
const MOST_ATTEMPTS = 1_000;

/**
 * Mapp's requests to us: an array of feedback items (docs.mapp.com "Enable feedback via response queue or callback URL"), and the
 * HTTP job of a Whiteboard for what contacts do. Without a target nothing is sent: items stand in `GET /feedback` all the same.
 */
export class Callback {
  readonly attempts = new Recent<CallbackAttempt>(MOST_ATTEMPTS);
  readonly #closing: AbortSignal;
  readonly #changed: () => void;
  #target: CallbackTarget | null = null;
  #waiting: Feedback[] = [];
  #sending: Promise<void> | null = null;

  constructor(closing: AbortSignal, changed: () => void) {
    this.#closing = closing;
    this.#changed = changed;
  }

  get target(): CallbackTarget | null {
    return this.#target;
  }

  set target(target: CallbackTarget | null) {
    this.#target = target;
    if (target === null) this.#waiting = [];
  }

  /** Sent in the order of reporting, together with others that come while a request is under way. */
  report(item: Feedback): void {
    if (this.#target === null) return;
    this.#waiting.push(item);
    this.#sending ??= this.#sendWaiting().finally(() => {
      this.#sending = null;
    });
  }

  /** The answer's status; null where none came, or nothing was sent. */
  async react(reaction: Reaction): Promise<number | null> {
    const target = this.#target;
    return target === null ? null : this.#post(target, reaction, reaction.event);
  }

  /** Ends when all that was reported has been sent or given up. */
  async settled(): Promise<void> {
    while (this.#sending !== null) await this.#sending;
  }

  async #sendWaiting(): Promise<void> {
    await Promise.resolve(); // what is reported in the same tick shares a request
    while (this.#waiting.length > 0 && this.#target !== null && !this.#closing.aborted) {
      const items = this.#waiting.splice(0, MOST_ITEMS);
      await this.#post(this.#target, items, `${items.length} of mctFeedback`);
    }
  }

  async #post(target: CallbackTarget, body: object, about: string): Promise<number | null> {
    for (const pause of [...PAUSES_MS, null]) {
      const status = await this.#attempt(target, JSON.stringify(body), about);
      const again = status === null || status === 429 || status >= 500;
      if (!again || pause === null || this.#closing.aborted) return status;
      await sleep(pause, undefined, { signal: this.#closing }).catch(() => {});
    }
    return null;
  }

  async #attempt({ url, token }: CallbackTarget, body: string, about: string): Promise<number | null> {
    const at = new Date().toISOString();
    const told = (status: number | null, error: string | null) => {
      this.attempts.push({ at, url, about, status, error });
      this.#changed();
      return status;
    };
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
        body,
        signal: AbortSignal.any([this.#closing, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await answer.arrayBuffer();
      return told(answer.status, null);
    } catch (error) {
      const { message, cause } = error as Error;
      return told(null, cause instanceof Error ? `${message}: ${cause.message}` : message);
    }
  }
}
