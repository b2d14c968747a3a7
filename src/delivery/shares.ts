/**
 * Who gets how many of the turns while everybody wants more than there are: a flood of profile writes must not keep
 * messages back, nor the reverse. Turns that one class does not need go to the others.
 */
export const SHARES = {
  /** what must not be repeated: messages, invitations, Whiteboards */
  send: 4,
  /** what may be repeated: profiles, groups, records */
  write: 2,
  /** halves of a call that was refused */
  split: 2,
  /** one by one, what is left of such a call */
  slow: 1,
} as const;

export type TurnClass = keyof typeof SHARES;

export const TURN_CLASSES = Object.keys(SHARES) as readonly TurnClass[];

/** Gives turns in proportion to the shares of those who want one (stride scheduling). */
export class Shares {
  /** turns had, divided by the share */
  readonly #passes = new Map<TurnClass, number>();
  #now = 0;

  /** Whose turn it is, of those named; who did not want any for a while has saved none. */
  next(wanting: readonly TurnClass[]): TurnClass | null {
    let chosen: TurnClass | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const name of wanting) {
      const pass = Math.max(this.#passes.get(name) ?? 0, this.#now);
      if (pass < least) [chosen, least] = [name, pass];
    }
    if (chosen === null) return null;
    this.#now = least;
    this.#passes.set(chosen, least + 1 / SHARES[chosen]);
    return chosen;
  }
}

/**
 * Turns that are given before one that has `own` turns of its own class before it.
 *
 * @param wanted turns that each class wants, the newcomer's aside
 */
export function turnsBefore(name: TurnClass, own: number, wanted: ReadonlyMap<TurnClass, number>): number {
  let before = own;
  for (const [other, turns] of wanted) {
    if (other !== name) before += Math.min(turns, Math.ceil(((own + 1) * SHARES[other]) / SHARES[name]));
  }
  return before;
}
