/** Which arm of a split a person takes. Pure, and without Node: it runs in workflows, tests and the simulator alike. */

interface Share {
  /** percents of a split sum to 100 */
  readonly percent: number;
}

/**
 * The arm is a matter of the split's name and the person's first identifier alone: the same in every flow, at every
 * re-entry, and after every edit that keeps the shares of the arms before it.
 */
export function armOf<A extends Share>(split: string, identity: string, arms: readonly A[]): A {
  const point = (hash(`${split}\n${identity}`) / 2 ** 32) * 100;
  let end = 0;
  for (const arm of arms) {
    end += arm.percent;
    if (point < end) return arm;
  }
  // percents with decimals may sum to a hair less than 100
  return arms.findLast(({ percent }) => percent > 0) ?? arms.at(-1)!;
}

/** FNV-1a over UTF-16 code units, stirred by the last steps of MurmurHash3, without which near texts have near values. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}
