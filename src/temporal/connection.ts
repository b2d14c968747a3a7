import { Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { SetupError } from '../system/setup-error.ts';

/** For `Connection` and `NativeConnection` alike. */
export interface TemporalSettings {
  readonly options: Pick<ConnectionOptions, 'address' | 'apiKey' | 'tls' | 'metadata'> & { readonly address: string };
  readonly namespace: string;
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
/** A host name or an address, those of IPv6 in brackets, and a port. */
const ADDRESS = /^(\[[^\]\s]+\]|[^\s:/@]+)(:\d{1,5})?$/;

/**
 * Where Temporal is, as its own tools read it: `TEMPORAL_*` and `temporal.toml` (@temporalio/envconfig).
 *
 * @param env environment, `.env` included
 * @throws SetupError a file that cannot be read, an unknown profile, contradicting values, an address that is none
 */
export function temporalSettings(env: Readonly<Record<string, string | undefined>>): TemporalSettings {
  const settings = readTemporalSettings(env);
  const { address } = settings.options;
  // Asked for, it would be an address where nothing answers, after every other setting was found to be right.
  if (!ADDRESS.test(address)) {
    throw new SetupError(
      `TEMPORAL_ADDRESS (or the address in temporal.toml) is ${JSON.stringify(address)}: accepted is host:port.`,
    );
  }
  return settings;
}

function readTemporalSettings(env: Readonly<Record<string, string | undefined>>): TemporalSettings {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(given) });
    const { address, apiKey, tls, metadata } = connectionOptions as ConnectionOptions;
    return {
      options: { address: address || DEFAULT_ADDRESS, apiKey, tls, metadata },
      namespace: namespace ?? 'default',
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`the Temporal settings (TEMPORAL_* variables, temporal.toml) cannot be used: ${reason}.`, {
      cause: error,
    });
  }
}

/** Nothing is wrong with what we ask for: Temporal may answer later. */
export class TemporalAway extends SetupError {}

/**
 * Connects, and makes sure that the namespace is there.
 *
 * @param limit how long to try, ms
 * @throws SetupError in one sentence: out of reach (`TemporalAway`), not let in, or no such namespace
 */
export async function connectTemporal({ options, namespace }: TemporalSettings, limit = 10_000): Promise<Connection> {
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...options, connectTimeout: limit });
  } catch (error) {
    throw new TemporalAway(
      `Temporal at ${options.address} does not answer (${reasonOf(error)}): start it, or correct TEMPORAL_ADDRESS and TEMPORAL_TLS.`,
      { cause: error },
    );
  }
  try {
    await connection.withDeadline(Date.now() + limit, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return connection;
  } catch (error) {
    await connection.close();
    throw refusal(error, options.address, namespace);
  }
}

function refusal(error: unknown, address: string, namespace: string): SetupError {
  const code = (error as { code?: number }).code;
  if (code === 5 /* NOT_FOUND */) {
    return new SetupError(
      `Temporal at ${address} has no namespace ${namespace}: create it (temporal operator namespace create --namespace ${namespace}), or correct TEMPORAL_NAMESPACE.`,
      { cause: error },
    );
  }
  if (code === 7 /* PERMISSION_DENIED */ || code === 16 /* UNAUTHENTICATED */) {
    return new SetupError(
      `Temporal at ${address} does not let us into namespace ${namespace}: check TEMPORAL_API_KEY or the client certificate, and their rights.`,
      { cause: error },
    );
  }
  return new TemporalAway(`Temporal at ${address} answers with an error (${reasonOf(error)}): see its log.`, {
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  const { details, message } = error as { details?: string; message?: string };
  return (details || message || String(error)).split('\n')[0]!.replace(/\.$/, '');
}
