/** What the virtual server has still to do, and what is being done: timers in virtual time, work in real time. */
export class Agenda {
  /** ms since the epoch */
  readonly now: () => number;
  private timers: { readonly at: number; readonly ring: () => void }[] = [];
  private readonly working = new Set<Promise<unknown>>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** Answers how to cancel it. */
  after(ms: number, ring: () => void): () => void {
    const timer = { at: this.now() + ms, ring };
    const place = this.timers.findIndex(({ at }) => at > timer.at);
    this.timers.splice(place === -1 ? this.timers.length : place, 0, timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  /** ms since the epoch; infinite where nothing is to come */
  get next(): number {
    return this.timers[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Rings the oldest timer that is due; false: none is. */
  ring(): boolean {
    if (this.next > this.now()) return false;
    this.timers.shift()!.ring();
    return true;
  }

  work<T>(task: Promise<T>): Promise<T> {
    this.working.add(task);
    const over = () => void this.working.delete(task);
    task.then(over, over);
    return task;
  }

  /** When every run waits for time or for somebody. */
  async idle(): Promise<void> {
    do {
      await Promise.allSettled([...this.working]);
      await new Promise((resolve) => void setImmediate(resolve));
    } while (this.working.size > 0);
  }
}
