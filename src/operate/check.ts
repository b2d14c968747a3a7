/** One line of `flows doctor`. */
export interface Check {
  readonly check: string;
  readonly ok: boolean;
  /** what was found */
  readonly detail: string;
  /** what to do about it */
  readonly remedy?: string;
}
