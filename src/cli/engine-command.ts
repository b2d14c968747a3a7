import type { Environment } from '../config/env-file.ts';
import { readSettings, type Settings } from '../config/settings.ts';
import { sourceSecrets } from '../config/source-secrets.ts';
import { openProjectStore } from '../operate/connect.ts';
import type { Project } from '../plan/project.ts';
import { type Engine, startEngine } from '../server/engine.ts';
import type { EngineOptions } from '../server/engine-options.ts';
import { jsonLog, type Log, textLog } from '../server/log.ts';
import { installRuntime } from '../server/runtime.ts';
import { connectionWhenThere, guardedConnection } from '../server/temporal.ts';
import { SetupError } from '../system/setup-error.ts';
import { type TemporalSettings, temporalSettings } from '../temporal/connection.ts';
import { type Cli, CliError } from './cli.ts';
import type { CommonOptions } from './command.ts';
import { environment } from './environment.ts';
import { projectDir, soundCatalogue } from './project.ts';
import { limitStop } from './stop-limit.ts';

/** Which production parts run in this process. */
export interface Roles {
  readonly worker: boolean;
  readonly serve: boolean;
}

export interface EngineCommandOptions extends CommonOptions {
  /** of the ingest; default: FLOWS_PORT */
  readonly port?: number;
}

/** Runs production parts until the process is asked to stop. Everything that must be right is checked before it says ready. */
export async function runEngine(cli: Cli, options: EngineCommandOptions, roles: Roles): Promise<number> {
  const dir = projectDir(cli, options);
  const env = environment(cli, dir);
  const project = soundCatalogue(cli, dir);
  const { settings, secrets, temporal } = checkedSettings(project, env, roles);
  const log = logOf(cli, env, roles);
  installRuntime(log);
  const stopped = cli.untilStopped();
  let limit: ReturnType<typeof limitStop> | undefined;
  void stopped.then(() => {
    limit = limitStop(cli, log);
  });
  const opened = await openProjectStore(dir, env, null);
  try {
    const connection = roles.worker
      ? await guardedConnection(temporal, opened.store)
      : await connectionWhenThere(temporal, opened.store, log);
    try {
      const engine = await startEngine({
        store: opened.store,
        connection,
        namespace: temporal.namespace,
        project,
        environment: env,
        encryptionKeys: settings.encryptionKeys,
        worker: roles.worker ? workerOptions(settings, roles.serve ? undefined : options.port) : null,
        serve: roles.serve
          ? {
              host: settings.host,
              port: options.port ?? settings.port,
              secrets,
              dev: false,
              bounds: settings.bounds,
              codec: settings.codec,
            }
          : null,
        speed: 1,
        log,
      });
      return await untilItEnds(cli, options, engine, stopped, log);
    } finally {
      await connection.close();
    }
  } finally {
    await opened.close();
    limit?.clear();
  }
}

/** `json`: for log collectors. */
const LOG_FORMS = ['text', 'json'];

function logOf(cli: Cli, env: Environment, { worker, serve }: Roles): Log {
  return (env.FLOWS_LOG || 'text') === 'text'
    ? textLog(cli.err)
    : jsonLog(cli.err, worker && serve ? 'up' : worker ? 'worker' : 'serve');
}

async function untilItEnds(
  cli: Cli,
  options: CommonOptions,
  engine: Engine,
  stopped: Promise<NodeJS.Signals>,
  log: Log,
): Promise<number> {
  if (options.json) cli.out(`${JSON.stringify({ ready: true, ingest: engine.ingestUrl })}\n`);
  log(engine.ingestUrl === null ? 'ready' : `ready; the ingest listens at ${engine.ingestUrl}`);
  try {
    const signal = await Promise.race([stopped, engine.ended]);
    log(`stopping (${signal}): what is under way is finished first; a second signal ends it at once`);
    return 0;
  } catch (error) {
    throw new CliError(`the worker died: ${error instanceof Error ? error.message : error}`, {
      remedy: 'What was under way is taken up by the next start; see the log above.',
    });
  } finally {
    await engine.stop();
  }
}

/** `healthPort`: of a worker alone, which listens nowhere unless asked to. */
function workerOptions(
  { mapp, engage, rate, batch, host }: Settings,
  healthPort: number | undefined,
): EngineOptions['worker'] {
  if (mapp === null) throw new Error('settings without Mapp outside dev');
  return { mapp, engage, rate, batch, ...(healthPort !== undefined && { health: { host, port: healthPort } }) };
}

/** Throws CliError with every problem of settings, sources and Temporal, each by the name of its variable. */
function checkedSettings(
  project: Project,
  env: Environment,
  roles: Roles,
): {
  settings: Settings;
  secrets: { readonly [source: string]: readonly string[] };
  temporal: TemporalSettings;
} {
  const { settings, problems } = readSettings(env, { dev: false, mapp: roles.worker });
  const sources = roles.serve ? sourceSecrets(project, env, { dev: false }) : { secrets: {}, problems: [] };
  const all = [...problems, ...sources.problems];
  if (roles.serve && Object.keys(project.sources).length === 0) {
    all.push('mapp.yaml declares no source, so nothing could send events: add one under `sources`');
  }
  if (env.FLOWS_LOG && !LOG_FORMS.includes(env.FLOWS_LOG))
    all.push(`FLOWS_LOG is ${JSON.stringify(env.FLOWS_LOG)}: accepted are "text" and "json"`);
  let temporal: TemporalSettings | undefined;
  try {
    temporal = temporalSettings(env);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    all.push(error.message);
  }
  if (settings === undefined || temporal === undefined || all.length > 0) throw new CliError(all.join('\n'));
  return { settings, secrets: sources.secrets, temporal };
}
