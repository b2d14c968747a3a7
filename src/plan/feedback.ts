/** What Mapp, or a Whiteboard in its name, says of a message after it took the send. */
import type { Channel } from './project.ts';

/** Which send it is about, as far as the feedback tells. */
export interface SendReference {
  /** the ledger's key that travelled with the send */
  readonly key?: string;
  /** the external transaction id that came back, where it is no key of ours */
  readonly transaction?: string;
  readonly messageId?: string;
  /** id of the step that sent it, where a producer tells */
  readonly step?: string;
  /** as the catalogue has it for the message */
  readonly channel?: Channel;
}

/** `sent`: it left Mapp; `failed`: Mapp could not carry it out after all. The others prove that Mapp took it. */
export type Said = 'sent' | 'failed' | 'opened' | 'clicked' | 'bounced' | 'replied' | 'unsubscribed';

export interface Feedback extends SendReference {
  readonly said: Said;
  /** of `failed` and `bounced`, for operators */
  readonly reason?: string;
}

/** The send that feedback is about. `run`: workflow id; null where the person got the message from several runs and no key tells. */
export interface FoundSend {
  readonly key: string;
  readonly message: string;
  readonly channel: Channel;
  readonly step: string;
  readonly run: string | null;
}
