/**
 * For logs: whether something may be said now, because nothing alike was within the last `everyMs`. Numbers and ids make no
 * difference.
 */
export function seldom(everyMs: number): (message: string) => boolean {
  const said = new Map<string, number>();
  return (message) => {
    const about = message.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d+/g, 'N');
    const before = said.get(about);
    if (before !== undefined && performance.now() - before < everyMs) return false;
    said.set(about, performance.now());
    return true;
  };
}
