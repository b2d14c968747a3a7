/**
 * The latest items of a stream that never ends: load tests send millions. `list` holds at least `most` of them, once there
 * are so many, and at most a quarter more, so that dropping the oldest costs nothing per item.
 */
export class Recent<T> {
  readonly list: T[] = [];
  readonly #most: number;
  #dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    this.list.push(item);
    if (this.list.length < this.#most * 1.25) return;
    const surplus = this.list.length - this.#most;
    this.list.splice(0, surplus);
    this.#dropped += surplus;
  }

  /** how many there were since the last `clear` */
  get total(): number {
    return this.#dropped + this.list.length;
  }

  /** Keeps the latest of them that come to no more than `most` by their sizes; answers what these come to. */
  keep(most: number, sizeOf: (item: T) => number): number {
    let sum = 0;
    let first = this.list.length;
    while (first > 0 && sum + sizeOf(this.list[first - 1]!) <= most) sum += sizeOf(this.list[--first]!);
    this.list.splice(0, first);
    this.#dropped += first;
    return sum;
  }

  /** Of an earlier list only the latest items came back: how many there had been with them. */
  countedAs(total: number): void {
    this.#dropped = total - this.list.length;
  }

  /** Begins with what is left of an earlier list: its latest items, and how many there had been. */
  restore(items: readonly T[], total: number): void {
    for (const item of items) this.list.push(item);
    this.countedAs(total);
  }

  clear(): void {
    this.list.length = 0;
    this.#dropped = 0;
  }
}
