import { type Environment, projectEnvironment } from '../config/env-file.ts';
import type { Cli } from './cli.ts';

/** The variables a command sees: its own, and below them those of the project's `.env`. */
export function environment(cli: Cli, projectDir: string): Environment {
  return projectEnvironment(projectDir, cli.env);
}
