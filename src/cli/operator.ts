import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../config/env-file.ts';
import { CATALOGUE } from '../config/project.ts';
import { type OpenedTemporal, openProjectStore, openTemporal, projectTemporal } from '../operate/connect.ts';
import { findDev } from '../operate/dev-file.ts';
import type { Temporal } from '../operate/runs.ts';
import type { Store } from '../store/store.ts';
import { type Cli, CliError } from './cli.ts';
import type { CommonOptions } from './command.ts';
import { environment } from './environment.ts';
import { projectDir } from './project.ts';

/** What the commands about runs and deliveries work with. */
export interface Operator {
  readonly store: Store;
  /** null where Temporal is away, which people are told once: positions are then as last stored */
  readonly temporal: Temporal;
  /** of Temporal */
  readonly namespace: string;
  readonly env: Environment;
}

/** Opens the project's store, and Temporal when asked for, runs `work`, and closes both. */
export async function withOperator<T>(
  cli: Cli,
  options: CommonOptions,
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  const dir = projectDir(cli, options);
  // Without this, a command in the wrong directory would make a store there.
  if (!existsSync(join(dir, CATALOGUE))) {
    throw new CliError(`there is no project in ${dir}: it has no ${CATALOGUE}`, {
      remedy: "Change to a project's directory, or name one with --project DIR.",
    });
  }
  const env = environment(cli, dir);
  const dev = findDev(dir);
  const settings = projectTemporal(env, dev);
  const opened = await openProjectStore(dir, env, dev);
  const asked: { temporal?: Promise<OpenedTemporal | null> } = {};
  try {
    return await work({
      store: opened.store,
      env,
      namespace: settings.namespace,
      temporal: async () => {
        asked.temporal ??= openTemporal(settings, opened.store, (reason) =>
          cli.err(`flows: ${reason} What follows is as last stored.\n`),
        );
        return (await asked.temporal)?.client ?? null;
      },
    });
  } finally {
    await (await asked.temporal)?.close();
    await opened.close();
  }
}
