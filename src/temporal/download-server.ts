import { spawn } from 'node:child_process';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type CachedServer, CLI_VERSION } from './cached-server.ts';
import { checkServer } from './check-server.ts';
import type { Progress } from './find-server.ts';

/** Without any byte for so long the network is taken to be cut off; an absent network shows within a moment. */
const SILENCE_LIMIT_MS = 20_000;

/**
 * The SDK's own download (`@temporalio/testing`, cached-download; a development dependency, absent in an installed
 * package). In a process of its own, since the SDK's runtime allows no second set of options, and cannot be hurried.
 */
const SCRIPT = `
const { TestWorkflowEnvironment } = require(process.argv[1]);
const executable = { type: 'cached-download', downloadDir: process.argv[2], version: process.argv[3] };
TestWorkflowEnvironment.createLocal({ server: { executable } })
  .then((env) => env.teardown())
  .then(() => process.exit(0), (error) => { console.log(String(error.message)); process.exit(1); });
`;

/** @returns null when the program is in the cache, else why not */
export async function downloadServer(
  env: Readonly<Record<string, string | undefined>>,
  cached: CachedServer,
  progress: Progress,
): Promise<string | null> {
  let sdk: string;
  try {
    sdk = createRequire(import.meta.url).resolve('@temporalio/testing');
  } catch {
    return "the SDK's download is part of the npm package @temporalio/testing, which is not installed";
  }
  progress(`looking for the Temporal server ${CLI_VERSION} at the SDK's download address`);
  await mkdir(cached.workshop, { recursive: true });
  const child = spawn(process.execPath, ['-e', SCRIPT, sdk, cached.workshop, `v${CLI_VERSION}`], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let [size, changed] = [0, performance.now()];
  const watching = setInterval(() => {
    void folderSize(cached.workshop).then((now) => {
      if (now !== size) [size, changed] = [now, performance.now()];
      if (size > 0) progress(`downloading the Temporal server ${CLI_VERSION}: ${Math.round(size / 1_000_000)} MB`);
      if (performance.now() - changed > SILENCE_LIMIT_MS) child.kill('SIGKILL');
    });
  }, 500);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  clearInterval(watching);
  if (code !== 0) {
    const reason =
      said
        .trim()
        .split(/: (?=dns error|client error|[a-z ]*error:)/)
        .at(-1) || 'no answer';
    return `the SDK's download failed (${reason.slice(0, 200)})`;
  }
  for (const name of await readdir(cached.workshop)) {
    const path = join(cached.workshop, name);
    if ((await checkServer(path)) !== null) continue;
    await cached.keep(path);
    return null;
  }
  return "the SDK's download brought no Temporal CLI that runs here";
}

async function folderSize(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (file) => file.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
