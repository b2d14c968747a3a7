import type { Span } from './text.ts';

/** What can be wrong with a file as YAML. `diagnostics/codes-yaml.ts` has the words. */
export type YamlProblem = { readonly span: Span } & (
  | { readonly type: 'syntax'; readonly says: string }
  | { readonly type: 'tab' }
  | { readonly type: 'directive'; readonly text: string }
  | { readonly type: 'several-documents' }
  | { readonly type: 'duplicate-key'; readonly key: string; readonly first: Span }
  | { readonly type: 'key-not-text' }
  | { readonly type: 'merge-not-map' }
  | { readonly type: 'unknown-anchor'; readonly name: string; readonly anchors: readonly string[] }
  | { readonly type: 'alias-expansion'; readonly reason: 'cycle' | 'size' }
  | { readonly type: 'too-deep'; readonly limit: number }
  /** a value that has to be quoted; `quoted` is the value as it should stand, `line` the whole line with it */
  | { readonly type: 'unquoted'; readonly value: string; readonly quoted: string; readonly line: string }
);
