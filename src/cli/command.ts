import type { Command } from 'commander';
import type { Cli } from './cli.ts';

/** Options that every command takes. */
export interface CommonOptions {
  /** the project's directory; default: the current one */
  readonly project?: string;
  readonly json?: boolean;
}

/** What a command does; its answer is the exit code, nothing = 0. Throws CliError for what was to be expected. */
export type Action<O, A extends unknown[]> = (
  cli: Cli,
  options: O & CommonOptions,
  ...args: A
) => Promise<number | undefined>;

/** Makes commander's handler of an action. */
export type Runner = <O, A extends unknown[]>(action: Action<O, A>) => (...params: unknown[]) => Promise<void>;

/** Adds one command to the program. */
export type Register = (program: Command, run: Runner) => void;
