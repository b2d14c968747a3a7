import { existsSync } from 'node:fs';
import { SetupError } from '../system/setup-error.ts';
import { buildServer, findGo } from './build-server.ts';
import { CLI_VERSION, cachedServer } from './cached-server.ts';
import { checkServer, programOnPath } from './check-server.ts';
import { downloadServer } from './download-server.ts';

/** A Temporal to use: one that runs already, or the CLI that `startTemporal` runs. */
export type FoundTemporal =
  | { readonly kind: 'running'; readonly address: string }
  | { readonly kind: 'binary'; readonly binary: string; readonly from: string };

/** Told what is going on, again and again while it lasts; one line of text, without an end. */
export type Progress = (line: string) => void;

/**
 * Finds a Temporal server, first hit wins: `TEMPORAL_ADDRESS`; `TEMPORAL_CLI_PATH`; `temporal` on the `PATH`; the copy in
 * the user's cache directory; the SDK's own download; `go install` of the pinned CLI into the cache directory (minutes, once).
 *
 * @param env environment, `.env` included
 * @throws SetupError none of these ways leads to one, with all ways, and why each failed
 */
export async function findTemporal(
  env: Readonly<Record<string, string | undefined>>,
  progress: Progress,
): Promise<FoundTemporal> {
  if (env.TEMPORAL_ADDRESS) return { kind: 'running', address: env.TEMPORAL_ADDRESS };
  if (env.TEMPORAL_CLI_PATH) {
    const problem = existsSync(env.TEMPORAL_CLI_PATH)
      ? await checkServer(env.TEMPORAL_CLI_PATH)
      : 'there is no such file';
    if (problem === null) return { kind: 'binary', binary: env.TEMPORAL_CLI_PATH, from: 'TEMPORAL_CLI_PATH' };
    throw new SetupError(
      `TEMPORAL_CLI_PATH names ${env.TEMPORAL_CLI_PATH}, which cannot be used: ${problem}. Correct it, or remove it to have a server found or built.`,
    );
  }
  const failures: string[] = [];
  const onPath = programOnPath('temporal', env);
  if (onPath !== null) {
    const problem = await checkServer(onPath);
    if (problem === null) return { kind: 'binary', binary: onPath, from: 'PATH' };
    failures.push(`temporal on the PATH (${onPath}): ${problem}`);
    progress(`not using ${onPath}: ${problem}`);
  }
  const cached = cachedServer(env);
  const ways = [
    () => downloadServer(env, cached, progress),
    () => {
      const go = findGo(env);
      return go === null ? Promise.resolve('Go is not installed') : buildServer(go, env, cached, progress);
    },
  ];
  return cached.use(async () => {
    const problem = existsSync(cached.binary) ? await checkServer(cached.binary) : null;
    if (existsSync(cached.binary) && problem === null) return { kind: 'binary', binary: cached.binary, from: 'cache' };
    for (const way of ways) {
      const failure = await way();
      if (failure === null) return { kind: 'binary', binary: cached.binary, from: 'cache' };
      failures.push(failure);
    }
    throw new SetupError(
      [
        `no Temporal server was found, and none could be made (${failures.join('; ')}). Do one of these:`,
        '  set TEMPORAL_ADDRESS to a server that runs (host:port)',
        '  set TEMPORAL_CLI_PATH to a Temporal CLI',
        '  install the Temporal CLI so that temporal is on the PATH',
        '  connect to the internet, for the download',
        `  install Go 1.25 or newer, which builds it once (go install github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION})`,
      ].join('\n'),
    );
  }, progress);
}
