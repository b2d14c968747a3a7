import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE } from '../../config/project.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { environment } from '../environment.ts';
import { portOption } from '../port-option.ts';
import { projectDir, soundCatalogue } from '../project.ts';

/** What the sandbox takes where `MAPP_CONNECT_ID` and `MAPP_CONNECT_SECRET` are not set. */
const DEFAULT_CREDENTIALS = { integrationId: 'sandbox', secret: 'sandbox-secret' };
const DEFAULT_PORT = 7090;

interface SandboxOptions {
  readonly port?: number;
}

export const register: Register = (program, run) => {
  program
    .command('sandbox')
    .description('A local Mapp alone: Connect, with its inbox page and a view of contacts, groups and messages.')
    .addOption(portOption(`its port (default: ${DEFAULT_PORT}; 0: any free one)`))
    .action(run(sandbox));
};

async function sandbox(cli: Cli, options: SandboxOptions & CommonOptions): Promise<number> {
  const dir = projectDir(cli, options);
  const env = environment(cli, dir);
  const integrationId = env.MAPP_CONNECT_ID || DEFAULT_CREDENTIALS.integrationId;
  const secret = env.MAPP_CONNECT_SECRET || DEFAULT_CREDENTIALS.secret;
  // The sandbox serves any project, so without one it takes every group and message.
  const project = existsSync(join(dir, CATALOGUE)) ? soundCatalogue(cli, dir) : null;
  const running = await startSandbox({
    port: options.port ?? DEFAULT_PORT,
    dir: project === null ? null : join(dir, '.flows', 'sandbox'),
    credentials: { integrationId, secret },
    project,
  });
  const stopped = cli.untilStopped();
  if (options.json) {
    cli.out(`${JSON.stringify({ ready: true, connect: running.url, engage: null, control: running.url })}\n`);
  }
  const say = options.json ? cli.err : cli.out;
  say(
    [
      `Mapp Connect   MAPP_CONNECT_URL=${running.url}`,
      `               MAPP_CONNECT_ID=${integrationId}`,
      // A secret that somebody configured is never printed.
      ...(env.MAPP_CONNECT_SECRET ? [] : [`               MAPP_CONNECT_SECRET=${secret}`]),
      `inbox          ${running.url}/`,
      `control        ${running.url}/contacts, /groups, /messages, /journal, PUT /faults`,
      project === null ? 'no project here: everything is kept in memory, every name is known\n' : 'Ctrl-C ends it\n',
    ].join('\n'),
  );
  await stopped;
  await running.close();
  return 0;
}
