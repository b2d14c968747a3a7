import type { Vault } from './vault.ts';

/** A word of our own, such as `no_address`. */
const WORD = /^[a-z_]+$/;

/** Reasons as the store keeps them: words say nothing of anybody, a sentence may quote what somebody sent or answered. */
export async function sealSentences(
  vault: Vault | null,
  items: readonly { readonly person: string; readonly text: string | null }[],
): Promise<(string | null)[]> {
  if (vault === null) return items.map(({ text }) => text);
  const isSentence = (text: string | null): text is string => text !== null && !WORD.test(text);
  const sealed = await vault.seal(items.flatMap(({ person, text }) => (isSentence(text) ? [{ person, text }] : [])));
  let next = 0;
  return items.map(({ text }) => (isSentence(text) ? sealed[next++]! : text));
}
