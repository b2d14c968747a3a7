/** The messages of a simulation, and what is told of them: as feedback finds and marks the ledger's rows. */
import type { Effect, ReadResult } from '../plan/effect.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Channel } from '../plan/project.ts';

interface Sent {
  readonly entry: string;
  readonly step: string;
  readonly message: string;
  readonly channel: Channel;
  opened: boolean;
  clicked: boolean;
}

export class VirtualSends {
  private readonly sent: Sent[] = [];
  /** workflow id of a run by its entry */
  private readonly runOf: (entry: string) => string;

  constructor(runOf: (entry: string) => string) {
    this.runOf = runOf;
  }

  /** Mapp took the message. Answers what `message_sent` says of it. */
  taken({ entry, step, operation }: Effect): JsonObject | null {
    if (operation.type !== 'send') return null;
    const message = operation.message.name;
    this.sent.push({ entry, step, message, channel: operation.channel, opened: false, clicked: false });
    return { message, step, run: this.runOf(entry) };
  }

  /**
   * The send that an event about a message means: the latest of its message, of its step or run where the case names them.
   * It is marked as opened or clicked. Null: no message of this simulation.
   */
  about({
    name,
    data,
  }: Pick<FlowEvent, 'name' | 'data'>): { readonly data: JsonObject; readonly channel: Channel } | null {
    if ((data.message ?? data.step ?? null) === null) return null;
    const fits = (wanted: JsonObject[string] | undefined, is: string) => (wanted ?? null) === null || wanted === is;
    const meant = this.sent.filter(
      ({ entry, step, message }) =>
        fits(data.message, message) && fits(data.step, step) && fits(data.run, this.runOf(entry)),
    );
    const last = meant.at(-1);
    if (last === undefined) return null;
    if (name === 'message_opened' || name === 'message_clicked') last.opened = true;
    if (name === 'message_clicked') last.clicked = true;
    const sure = meant.every(({ entry }) => entry === last.entry);
    return {
      data: { ...data, message: last.message, step: last.step, ...(sure && { run: this.runOf(last.entry) }) },
      channel: last.channel,
    };
  }

  /** What is known of the message that each of these steps of a run sent last. */
  reactions(run: string, steps: readonly string[]): NonNullable<ReadResult['sends']> {
    return Object.fromEntries(
      steps.map((id) => {
        const last = this.sent.filter(({ entry, step }) => entry === run && step === id).at(-1);
        return [id, { opened: last?.opened ?? false, clicked: last?.clicked ?? false }];
      }),
    );
  }
}
