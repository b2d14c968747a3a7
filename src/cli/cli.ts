/** What a command may use of the process it runs in; tests hand in their own. */
export interface Cli {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** stdout: the answer */
  out(text: string): void;
  /** stderr: everything that is not the answer */
  err(text: string): void;
  /** whether stdout takes colors: a terminal, and no NO_COLOR */
  readonly color: boolean;
  /** resolves at the first request to stop (SIGINT, SIGTERM, SIGHUP), by its name */
  untilStopped(): Promise<NodeJS.Signals>;
  /** ends the process at once, whatever is under way */
  exit(code: number): void;
}

/**
 * A failure that was to be expected: one sentence, and what to do about it. `exitCode` 1: the command met a problem;
 * 2: it was called wrongly.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: 1 | 2;
  readonly remedy: string | undefined;

  constructor(message: string, options: { exitCode?: 1 | 2; remedy?: string } = {}) {
    super(message);
    this.exitCode = options.exitCode ?? 1;
    this.remedy = options.remedy;
  }
}
