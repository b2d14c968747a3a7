import type { CallSize } from '../mapp/batch-size.ts';
import { OPERATIONS, type Row, rowOf } from '../mapp/operations.ts';
import type { Effect } from '../plan/effect.ts';
import { Line, type Waiting } from './line.ts';
import type { Refusal, Turn } from './pacer.ts';
import { Shares, TURN_CLASSES, type TurnClass, turnsBefore } from './shares.ts';
import type { Splits } from './split.ts';

/** Somebody who waits for a turn, to make a call of their own with it. */
export interface OutsideCall {
  /** ms on the delivery's clock */
  readonly since: number;
  readonly resolve: (answer: Turn | Refusal) => void;
  readonly reject: (error: unknown) => void;
}

/** Every line of one worker, by what may share a call and by whose turns it takes. */
export class Lines {
  readonly #size: CallSize;
  readonly #splits: Splits;
  readonly #lines = new Map<TurnClass, Map<string, Line>>(TURN_CLASSES.map((name) => [name, new Map()]));
  /** by whose turns they take, those who came first first */
  readonly #outside = new Map<TurnClass, OutsideCall[]>(TURN_CLASSES.map((name) => [name, []]));
  readonly #shares = new Shares();

  constructor(size: CallSize, splits: Splits) {
    this.#size = size;
    this.#splits = splits;
  }

  /** turns that everybody who waits would fill */
  turns(): number {
    return TURN_CLASSES.reduce((sum, name) => sum + this.#turnsOf(name), 0);
  }

  /** turns that are given before a newcomer's */
  turnsBefore(effect: Effect): number {
    const name = this.#classOf(effect);
    const key = this.#keyOf(effect);
    let own = this.#outside.get(name)!.length;
    for (const [other, line] of this.#lines.get(name)!) own += other === key ? line.turnsBefore(effect) : line.turns();
    return turnsBefore(name, own, new Map(TURN_CLASSES.map((other) => [other, this.#turnsOf(other)])));
  }

  /** where the effect waits */
  of(effect: Effect): Line {
    const lines = this.#lines.get(this.#classOf(effect))!;
    const key = this.#keyOf(effect);
    let line = lines.get(key);
    if (line === undefined) {
      const alone = !rowFor(effect).batchable || this.#splits.cohortOf(effect.key)?.alone === true;
      line = new Line(this.#size, alone);
      lines.set(key, line);
    }
    return line;
  }

  addOutside(name: TurnClass, call: OutsideCall): void {
    this.#outside.get(name)!.push(call);
  }

  /** Everybody who would make a call of their own; they wait no more. */
  clearOutside(): OutsideCall[] {
    return [...this.#outside.values()].flatMap((calls) => calls.splice(0));
  }

  /**
   * Takes out those who go into the next call: of the class whose turn it is, from the line with urgent messages, else from
   * the one whose head has waited longest; or somebody who waits as long to make a call of their own. Empty: nobody waits.
   */
  take(): readonly Waiting[] | OutsideCall {
    for (const lines of this.#lines.values()) {
      for (const [key, line] of lines) if (line.length === 0) lines.delete(key);
    }
    const wanting = TURN_CLASSES.filter((one) => this.#lines.get(one)!.size + this.#outside.get(one)!.length > 0);
    const name = this.#shares.next(wanting);
    if (name === null) return [];
    const [line] = [...this.#lines.get(name)!.values()].sort(byNeed);
    const outside = this.#outside.get(name)!;
    const [call] = outside;
    if (line === undefined || (call !== undefined && !line.urgent && call.since < line.head!.since)) {
      outside.shift();
      return call!;
    }
    return line.take();
  }

  #turnsOf(name: TurnClass): number {
    let turns = this.#outside.get(name)!.length;
    for (const line of this.#lines.get(name)!.values()) turns += line.turns();
    return turns;
  }

  #classOf(effect: Effect): TurnClass {
    const cohort = this.#splits.cohortOf(effect.key);
    if (cohort !== null) return cohort.alone ? 'slow' : 'split';
    return rowFor(effect).repeatable ? 'write' : 'send';
  }

  /** Which effects may share a call. */
  #keyOf(effect: Effect): string {
    const { subtype, repeatable, batchable } = rowFor(effect);
    return `${subtype}/${repeatable}/${batchable}/${this.#splits.cohortOf(effect.key)?.id ?? ''}`;
  }
}

function byNeed(a: Line, b: Line): number {
  if (a.urgent !== b.urgent) return a.urgent ? -1 : 1;
  return a.head!.since - b.head!.since;
}

function rowFor({ key, operation }: Effect): Row {
  if (operation.type === 'webhook') throw new Error(`${key} is no call to Mapp`);
  return OPERATIONS[rowOf(operation)];
}
