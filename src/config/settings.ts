import { isIP } from 'node:net';
import { BATCH, type CallSize } from '../mapp/batch-size.ts';
import type { ConnectSettings } from '../mapp/connect.ts';
import { encryptionKeys } from '../store/crypto/keys-from-env.ts';
import { serverName } from '../store/postgres-errors.ts';
import type { Environment } from './env-file.ts';

/** The environment, checked. `TEMPORAL_*` is read by `temporalSettings`, sources' secrets by `sourceSecrets`. */
export interface Settings {
  /** null: not configured (in `dev` the sandbox takes its place) */
  readonly mapp: ConnectSettings | null;
  /** Mapp Engage, for reads; null: not configured */
  readonly engage: { readonly url: string; readonly user: string; readonly password: string } | null;
  /** requests per second to each Mapp API */
  readonly rate: number;
  /** what one call of `event/batch` may hold */
  readonly batch: CallSize;
  /** Postgres; null = the private server under `.flows/` */
  readonly database: string | null;
  /** where ingest listens */
  readonly host: string;
  /** 0 = any free port */
  readonly port: number;
  /** 32 bytes each, the one in use first; none = nothing is encrypted */
  readonly encryptionKeys: readonly Buffer[];
  /** what the ingest takes upon itself at most, where that is told: `IngestBounds` */
  readonly bounds: { readonly rawDays?: number; readonly maxRequests?: number; readonly maxBacklog?: number };
  /** who may decode payloads, besides this machine: `Authorization: Bearer`, and pages of these origins */
  readonly codec: { readonly token: string | null; readonly origins: readonly string[] };
}

export const DEFAULT_RATE = 10;
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 7080;

/**
 * Reads the variables that the program knows. An empty variable counts as missing.
 *
 * @param env environment, `.env` included (`projectEnvironment`)
 * @param options `dev`: without `MAPP_CONNECT_URL` there is the sandbox; `mapp`: false for commands that never call Mapp
 * @returns settings, or all problems at once, each a line that names its variable and quotes no value that may be secret
 */
export function readSettings(
  env: Environment,
  options: { readonly dev: boolean; readonly mapp?: boolean },
): { readonly settings?: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const get = (name: string) => (env[name] === undefined || env[name].trim() === '' ? null : env[name].trim());
  const checked = <T>(name: string, fallback: T, read: (value: string) => T | null, accepted: string): T => {
    const value = get(name);
    if (value === null) return fallback;
    const result = read(value);
    if (result === null) problems.push(`${name} ${accepted}`);
    return result ?? fallback;
  };
  const quoted = (name: string) => JSON.stringify(get(name));

  const needsMapp = options.mapp ?? true;
  const connect = group(['MAPP_CONNECT_URL', 'MAPP_CONNECT_ID', 'MAPP_CONNECT_SECRET'], needsMapp && !options.dev);
  // Credentials may stand alone where there is a sandbox; nothing else uses Engage's without its address.
  const someEngage = !options.dev && (get('MAPP_ENGAGE_USER') !== null || get('MAPP_ENGAGE_PASSWORD') !== null);
  const engage = group(['MAPP_ENGAGE_URL', 'MAPP_ENGAGE_USER', 'MAPP_ENGAGE_PASSWORD'], someEngage);

  /** Variables that make sense together only. Not needed and no address: null, whatever the others are. */
  function group(names: readonly [string, string, string], needed: boolean): readonly [string, string, string] | null {
    const [url, first, second] = names.map(get);
    if (!needed && url === null) return null;
    const missing = names.filter((name) => get(name) === null);
    const there = names.filter((name) => get(name) !== null);
    const because = there.length === 0 ? '' : `, while ${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'}`;
    problems.push(...missing.map((name) => `${name} is not set${because}`));
    if (url === null || url === undefined) return null;
    const wrong = urlProblem(url);
    if (wrong !== null) problems.push(`${names[0]} ${wrong}`);
    return missing.length > 0 || wrong !== null ? null : [url, first!, second!];
  }

  const expUnit = checked(
    'MAPP_CONNECT_EXP',
    'ms' as 'ms' | 's',
    (value) => (value === 'ms' || value === 's' ? value : null),
    `is ${quoted('MAPP_CONNECT_EXP')}: accepted are "ms" and "s"`,
  );
  const rate = checked(
    'MAPP_RATE',
    DEFAULT_RATE,
    (value) => (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0 ? Number(value) : null),
    `is ${quoted('MAPP_RATE')}: accepted is a number above 0, requests per second`,
  );
  const batchEvents = checked(
    'MAPP_BATCH_EVENTS',
    BATCH.events,
    (value) => (/^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= BATCH.events ? Number(value) : null),
    `is ${quoted('MAPP_BATCH_EVENTS')}: accepted is a whole number from 1 (a call for each) to ${BATCH.events}, events per call`,
  );
  const batchBytes = checked(
    'MAPP_BATCH_BYTES',
    BATCH.bytes,
    (value) => (/^\d{1,9}$/.test(value) && Number(value) >= 1_024 ? Number(value) : null),
    `is ${quoted('MAPP_BATCH_BYTES')}: accepted is a whole number from 1024, bytes per call`,
  );
  const port = checked(
    'FLOWS_PORT',
    DEFAULT_PORT,
    (value) => (/^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? Number(value) : null),
    `is ${quoted('FLOWS_PORT')}: accepted is a port from 0 to 65535 (0: any free one)`,
  );
  const host = checked(
    'FLOWS_HOST',
    DEFAULT_HOST,
    (value) => (isIP(value) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value) ? value : null),
    `is ${quoted('FLOWS_HOST')}: accepted is an address or host name of this machine, without port`,
  );
  /** Undefined, where the ingest's own default counts. */
  const count = (name: string, unit: string) =>
    checked<number | undefined>(
      name,
      undefined,
      (value) => (/^[1-9]\d{0,8}$/.test(value) ? Number(value) : null),
      `is ${quoted(name)}: accepted is a whole number from 1, ${unit}`,
    );
  const rawDays = count('FLOWS_RAW_DAYS', 'days that bodies in quarantine are kept');
  const maxRequests = count('FLOWS_MAX_REQUESTS', 'requests in hand at once');
  const maxBacklog = count('FLOWS_MAX_BACKLOG', 'events that wait to be decided');
  const encryption = encryptionKeys(env);
  problems.push(...encryption.problems);
  const origins = checked(
    'FLOWS_CODEC_ORIGINS',
    [] as readonly string[],
    readOrigins,
    `is ${quoted('FLOWS_CODEC_ORIGINS')}: accepted are origins such as https://temporal.example.com, separated by commas`,
  );
  const database = checked(
    'DATABASE_URL',
    null as string | null,
    (value) => (isPostgresUrl(value) ? value : null),
    'cannot be read: accepted is postgres://user:password@host:port/database',
  );
  if (problems.length > 0) return { problems };
  return {
    problems,
    settings: {
      mapp: connect === null ? null : { url: connect[0], integrationId: connect[1], secret: connect[2], expUnit },
      engage: engage === null ? null : { url: engage[0], user: engage[1], password: engage[2] },
      rate,
      batch: { events: batchEvents, bytes: batchBytes },
      database,
      host,
      port,
      bounds: {
        ...(rawDays !== undefined && { rawDays }),
        ...(maxRequests !== undefined && { maxRequests }),
        ...(maxBacklog !== undefined && { maxBacklog }),
      },
      encryptionKeys: encryption.keys,
      codec: { token: get('FLOWS_CODEC_TOKEN'), origins },
    },
  };
}

/** What is wrong with the address of an API; it may hold a password, so it is not quoted. */
function urlProblem(value: string): string | null {
  if (!URL.canParse(value)) return 'is no URL: accepted is https://host, with or without a path';
  const { protocol, username, password, search, hash } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:') return 'is no http or https URL';
  if (username !== '' || password !== '') return 'holds a user name or password, which have variables of their own';
  return search !== '' || hash !== '' ? 'holds a query or fragment: leave it out' : null;
}

function isPostgresUrl(value: string): boolean {
  try {
    serverName(value);
    return true;
  } catch {
    return false;
  }
}

/** What browsers send as `Origin`: scheme, host and port, nothing behind. */
function readOrigins(value: string): readonly string[] | null {
  const origins = value.split(',').map((text) => text.trim());
  return origins.every((text) => URL.canParse(text) && new URL(text).origin === text) ? origins : null;
}
