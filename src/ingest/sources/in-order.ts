/** When something of a request happened. */
export interface Moment {
  /** milliseconds since 1970 */
  readonly time: number;
  /** the producer's own count, which decides among things of one moment */
  readonly count?: number | undefined;
}

/** Producers send together what they could not send at once, in any order. What happened in one moment stays as it came. */
export function inOrder<T>(items: readonly T[], momentOf: (item: T) => Moment): T[] {
  const uncounted = Number.MAX_SAFE_INTEGER;
  return items
    .map((item) => ({ item, at: momentOf(item) }))
    .sort(({ at: a }, { at: b }) => a.time - b.time || (a.count ?? uncounted) - (b.count ?? uncounted))
    .map(({ item }) => item);
}
