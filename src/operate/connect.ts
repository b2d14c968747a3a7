import { Client, type Connection } from '@temporalio/client';
import { payloadOptions } from '../codec/data-converter.ts';
import { encryptionKeys } from '../store/crypto/keys-from-env.ts';
import { privatePostgres } from '../store/private-postgres.ts';
import { openStore, type Store } from '../store/store.ts';
import { SetupError } from '../system/setup-error.ts';
import { connectTemporal, type TemporalSettings, temporalSettings } from '../temporal/connection.ts';
import type { DevFile } from './dev-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How long a command waits for Temporal before it answers from the store alone. */
const TEMPORAL_MS = 3_000;

export interface OpenedStore {
  readonly store: Store;
  /** Postgres URL of it, for the dev file */
  readonly url: string;
  /** closes it, and ends the private server where nobody else uses it */
  close(): Promise<void>;
}

/** The first command with a key may take long, and says so. */
const tell = (line: string) => console.error(line);

/** The project's store: that of the `flows dev` that runs, else `DATABASE_URL`, else the private server under `.flows/`. */
export async function openProjectStore(
  projectDir: string,
  env: Environment,
  dev: DevFile | null,
): Promise<OpenedStore> {
  const { keys, problems } = encryptionKeys(env);
  if (problems.length > 0) throw new SetupError(problems.map((problem) => `${problem}.`).join('\n'));
  const url = dev?.database ?? env.DATABASE_URL;
  if (url !== undefined && url !== '') {
    const store = await openStore(url, { keys, tell });
    return { store, url, close: () => store.close() };
  }
  const server = await privatePostgres(projectDir);
  try {
    const store = await openStore(server.url, { keys, tell });
    return {
      store,
      url: server.url,
      close: async () => {
        await store.close();
        await server.release();
      },
    };
  } catch (error) {
    await server.release();
    throw error;
  }
}

/** Where the project's Temporal is: with the `flows dev` that runs, else as `TEMPORAL_*` and `temporal.toml` say. */
export function projectTemporal(env: Environment, dev: DevFile | null): TemporalSettings {
  return dev === null ? temporalSettings(env) : { options: { address: dev.temporal }, namespace: dev.namespace };
}

export interface OpenedTemporal {
  readonly client: Client;
  close(): Promise<void>;
}

/** Null, and the reason told to `absent`, where Temporal is away: most of what operators ask for is in the store too. */
export async function openTemporal(
  settings: TemporalSettings,
  store: Store,
  absent: (reason: string) => void,
): Promise<OpenedTemporal | null> {
  let connection: Connection;
  try {
    connection = await connectTemporal(settings, TEMPORAL_MS);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    absent(error.message);
    return null;
  }
  return {
    client: new Client({ connection, namespace: settings.namespace, ...payloadOptions(store, 'tell') }),
    close: () => connection.close(),
  };
}
