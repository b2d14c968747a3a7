import type { Channel } from '../plan/project.ts';
import type { Reaction } from './reactions.ts';
import { Recent } from './recent.ts';

/** Messages kept. */
const MOST_MESSAGES = 200_000;

/** Of those of earlier starts. */
const MOST_AFTER_START = 20_000;

/** A message as it left Mapp. */
export interface SentMessage {
  /** that of the event in the journal; with the contact's behind it where one event sent to many */
  readonly id: string;
  /** when the event was accepted, ISO 8601 UTC */
  readonly at: string;
  readonly channel: Channel;
  readonly messageId: string;
  /** its name in the catalogue; the id where the catalogue lists no messages */
  readonly message: string;
  /** id of the contact */
  readonly contact: string;
  readonly email: string | null;
  readonly mobile: string | null;
  readonly parameters: { readonly [name: string]: string };
  readonly transactionId: string | null;
  readonly appId: string | null;
  /** name of the app in the catalogue */
  readonly app: string | null;
}

export interface OutboxState {
  readonly messages: readonly SentMessage[];
  readonly total: number;
  /** by id of the message */
  readonly reactions: ReadonlyMap<string, readonly Reaction[]>;
}

/** Messages that left, the latest of them, and what their contacts did with them. */
export class Outbox {
  readonly #sent = new Recent<SentMessage>(MOST_MESSAGES);
  /** by id of the message, first one first */
  readonly #reactions = new Map<string, Reaction[]>();

  push(message: SentMessage): void {
    this.#sent.push(message);
  }

  /** oldest first */
  get messages(): readonly SentMessage[] {
    return this.#sent.list;
  }

  /** how many there were, those no longer kept included */
  get total(): number {
    return this.#sent.total;
  }

  get(id: string): SentMessage | undefined {
    return this.messages.find((message) => message.id === id);
  }

  react(id: string, reaction: Reaction): void {
    this.#reactions.set(id, [...this.reactionsTo(id), reaction]);
  }

  reactionsTo(id: string): readonly Reaction[] {
    return this.#reactions.get(id) ?? [];
  }

  /** for a checkpoint: the latest messages, and what was done with them */
  get state(): OutboxState {
    const messages = this.messages.slice(-MOST_AFTER_START);
    const reactions = new Map(
      messages.flatMap(({ id }) => (this.#reactions.has(id) ? [[id, this.#reactions.get(id)!]] : [])),
    );
    return { messages, total: this.total, reactions };
  }

  restore({ messages, total, reactions }: OutboxState): void {
    this.#sent.restore(messages, total);
    for (const [id, done] of reactions) this.#reactions.set(id, [...done]);
  }

  clear(): void {
    this.#sent.clear();
    this.#reactions.clear();
  }
}
