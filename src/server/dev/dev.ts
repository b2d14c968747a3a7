/** `flows dev`: everything on this machine, in one process and the servers it starts. Wiring only. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadedProject } from '../../config/project.ts';
import type { Settings } from '../../config/settings.ts';
import type { ConnectSettings } from '../../mapp/connect.ts';
import type { EngageSettings } from '../../mapp/engage.ts';
import { openProjectStore } from '../../operate/connect.ts';
import { type DevFile, devFilePath, findDev } from '../../operate/dev-file.ts';
import type { Project } from '../../plan/project.ts';
import type { CallbackTarget } from '../../sandbox/callback.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/sandbox.ts';
import type { Store } from '../../store/store.ts';
import { freePort } from '../../system/free-port.ts';
import { processIdentity } from '../../system/processes.ts';
import { SetupError } from '../../system/setup-error.ts';
import { type TemporalSettings, temporalSettings } from '../../temporal/connection.ts';
import { findTemporal, type Progress } from '../../temporal/find-server.ts';
import { startTemporal } from '../../temporal/run-server.ts';
import { refuseEngage } from '../engage.ts';
import { startEngine } from '../engine.ts';
import { guardedConnection } from '../temporal.ts';

const SANDBOX_PORT = 7090;

export interface DevOptions {
  readonly projectDir: string;
  readonly loaded: LoadedProject & { readonly project: Project };
  readonly settings: Settings;
  /** `.env` included */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** values of the sources' secrets, by source */
  readonly secrets: { readonly [source: string]: readonly string[] };
  /** values made for missing variables, by variable: other commands find them in the dev file */
  readonly made: { readonly [variable: string]: string };
  readonly port: number;
  /** free ports for everything */
  readonly anyPorts: boolean;
  readonly speed: number;
  readonly log: (message: string) => void;
  readonly progress: Progress;
}

export interface Dev {
  readonly temporal: string;
  readonly ui: string | null;
  readonly ingest: string;
  readonly sandbox: string | null;
  readonly store: Store;
  nudge(): void;
  /** rejects with a sentence when a part dies of itself */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Rejects with SetupError for what is wrong around us: another `flows dev` here, ports, Temporal, Mapp. */
export async function startDev(options: DevOptions): Promise<Dev> {
  refuseSecond(options.projectDir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last();
  };
  try {
    return { ...(await start(options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Two would write one dev file and share the folders under `.flows/`. */
function refuseSecond(projectDir: string): void {
  const other = findDev(projectDir);
  if (other === null) return;
  throw new SetupError(
    `\`flows dev\` already runs in this project (process ${Number.parseInt(other.process, 10)}, ingest ${other.ingest}): end that one first, or use another project directory.`,
  );
}

async function start(options: DevOptions, stops: (() => Promise<void>)[]): Promise<Omit<Dev, 'stop'>> {
  const { projectDir, loaded, settings, anyPorts, speed, log } = options;
  const temporal = await provideTemporal(options, stops);
  const { store, url: database, close } = await openProjectStore(projectDir, options.env, null);
  stops.push(close);
  const connection = await guardedConnection(temporal.settings, store);
  stops.push(() => connection.close());
  const mapp = await provideMapp(options, stops);
  const engine = await startEngine({
    store,
    connection,
    namespace: temporal.settings.namespace,
    project: loaded.project,
    environment: options.env,
    encryptionKeys: settings.encryptionKeys,
    worker: { mapp: mapp.connect, engage: mapp.engage, rate: settings.rate, batch: settings.batch },
    serve: {
      host: settings.host,
      port: anyPorts ? 0 : options.port,
      secrets: options.secrets,
      dev: true,
      bounds: settings.bounds,
      codec: settings.codec,
    },
    speed,
    log,
  });
  stops.push(() => engine.stop());
  mapp.sandbox?.feedbackTo(feedbackTarget(options, engine.ingestUrl!));
  const file: DevFile = {
    process: processIdentity(process.pid)!,
    temporal: temporal.settings.options.address,
    namespace: temporal.settings.namespace,
    ui: temporal.ui,
    ingest: engine.ingestUrl!,
    sandbox: mapp.sandbox?.url ?? null,
    database,
    made: options.made,
  };
  await writeFile(devFilePath(projectDir), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  stops.push(() => rm(devFilePath(projectDir), { force: true }));
  return {
    temporal: file.temporal,
    ui: file.ui,
    ingest: file.ingest,
    sandbox: file.sandbox,
    store,
    nudge: () => engine.nudge(),
    ended: Promise.race([engine.ended, temporal.failed]),
  };
}

interface ProvidedTemporal {
  readonly settings: TemporalSettings;
  readonly ui: string | null;
  readonly failed: Promise<void>;
}

async function provideTemporal(
  { projectDir, env, settings, port, anyPorts, log, progress }: DevOptions,
  stops: (() => Promise<void>)[],
): Promise<ProvidedTemporal> {
  const found = await findTemporal(env, progress);
  if (found.kind === 'running') return { settings: temporalSettings(env), ui: null, failed: new Promise(() => {}) };
  const server = await startTemporal({
    binary: found.binary,
    dir: join(projectDir, '.flows', 'temporal'),
    ...(anyPorts ? { port: await freePort(), uiPort: await freePort() } : {}),
    // With free ports nobody knows yet where the ingest will listen.
    ...(settings.encryptionKeys.length > 0 && !anyPorts && { codecEndpoint: `http://localhost:${port}/codec` }),
    log,
  });
  stops.push(() => server.stop());
  const failed = server.failed.then((sentence) => {
    throw new Error(sentence);
  });
  failed.catch(() => {});
  return { settings: { options: { address: server.address }, namespace: 'default' }, ui: server.ui, failed };
}

async function provideMapp(
  { projectDir, loaded, settings, env, anyPorts, log }: DevOptions,
  stops: (() => Promise<void>)[],
): Promise<ProvidedMapp> {
  if (settings.mapp !== null) {
    if (settings.engage === null) refuseEngage(loaded.plans);
    return { connect: settings.mapp, engage: settings.engage, sandbox: null };
  }
  // Half a sandbox would send real messages to people who were only made up.
  if (settings.engage !== null) log('MAPP_ENGAGE_URL is not used: without MAPP_CONNECT_URL all of Mapp is the sandbox');
  const credentials = {
    integrationId: env.MAPP_CONNECT_ID || 'sandbox',
    secret: env.MAPP_CONNECT_SECRET || randomBytes(16).toString('hex'),
  };
  const engage = {
    user: env.MAPP_ENGAGE_USER || 'sandbox',
    password: env.MAPP_ENGAGE_PASSWORD || randomBytes(16).toString('hex'),
  };
  const sandbox = await startSandbox({
    port: anyPorts ? 0 : SANDBOX_PORT,
    dir: join(projectDir, '.flows', 'sandbox'),
    credentials,
    engage,
    project: loaded.project,
    log,
  });
  stops.push(() => sandbox.close());
  const { url } = sandbox;
  return { connect: { url, ...credentials, expUnit: 'ms' }, engage: { url, ...engage }, sandbox };
}

interface ProvidedMapp {
  readonly connect: ConnectSettings;
  readonly engage: EngageSettings | null;
  readonly sandbox: RunningSandbox | null;
}

/** The project's source for Mapp's feedback, where it declares one. */
function feedbackTarget({ loaded, secrets }: DevOptions, ingest: string): CallbackTarget | null {
  const declared = Object.entries(loaded.project.sources).find(([, { type }]) => type === 'mapp_feedback');
  if (declared === undefined) return null;
  const [name] = declared;
  return { url: `${ingest}/v1/sources/${name}`, token: secrets[name]?.[0] ?? null };
}
