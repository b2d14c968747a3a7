import type { Code } from '../../src/diagnostics/code.ts';

/** One edit of a sound file, as an author might slip. */
export interface Mistake {
  /** from the root of the project; a flow, a test or a catalogue */
  readonly file: string;
  /** stands once in the file */
  readonly from: string;
  /** takes its place; `§` stands on the line that is to be shown, where that is not the first line of the edit */
  readonly to: string;
  readonly code: Code;
  /** a stretch of the line that is to be shown, where the edit is not on it */
  readonly on?: string;
  /** the mistake is no more than doubtful: a warning, and no error */
  readonly warning?: true;
}

export interface MistakeClass {
  readonly name: string;
  readonly mistakes: readonly Mistake[];
}
