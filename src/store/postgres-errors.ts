import { SetupError } from '../system/setup-error.ts';

/** `host:port/database` of a connection URL, without user and password. Throws SetupError where it cannot be read. */
export function serverName(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new SetupError('DATABASE_URL cannot be read: accepted is postgres://user:password@host:port/database.');
  }
  const host = parsed.hostname || parsed.searchParams.get('host') || 'localhost';
  return `${host}:${parsed.port || '5432'}${parsed.pathname === '' ? '/' : parsed.pathname}`;
}

/** One sentence for each way in which a connection is refused, by SQLSTATE (Postgres, appendix A) or Node's error code. */
const SENTENCES: { readonly [code: string]: (name: string) => string } = {
  ECONNREFUSED: (name) => `nothing answers at Postgres's address ${name}: start the server, or correct DATABASE_URL.`,
  ENOTFOUND: (name) => `the host of Postgres at ${name} is not known: correct DATABASE_URL.`,
  EAI_AGAIN: (name) =>
    `the host of Postgres at ${name} cannot be looked up now: check the network, or correct DATABASE_URL.`,
  ETIMEDOUT: (name) => `Postgres at ${name} does not answer: check the network and firewall, or correct DATABASE_URL.`,
  EHOSTUNREACH: (name) => `Postgres at ${name} cannot be reached: check the network, or correct DATABASE_URL.`,
  ECONNRESET: (name) =>
    `Postgres at ${name} broke the connection off: see its log, and whether DATABASE_URL needs sslmode=require.`,
  '28P01': (name) => `Postgres at ${name} refused the user or password of DATABASE_URL: correct them.`,
  '28000': (name) =>
    `Postgres at ${name} does not let this user in from here (its pg_hba.conf): correct the user or sslmode in DATABASE_URL.`,
  '3D000': (name) => `Postgres at ${name} has no database of that name: create it, or correct DATABASE_URL.`,
  '42501': (name) =>
    `the user of DATABASE_URL may not create tables in ${name}: grant it the right, or name another user.`,
  '53300': (name) => `Postgres at ${name} has no connection left: raise its max_connections, or end other programs.`,
  '57P03': (name) => `Postgres at ${name} is still starting or shutting down: try again in a moment.`,
};

/** The SetupError for a known failure to connect; anything else as it is. */
export function explainPostgres(error: unknown, name: string): unknown {
  if (error instanceof SetupError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const sentence = code === undefined ? undefined : SENTENCES[code];
  if (sentence !== undefined) return new SetupError(sentence(name), { cause: error });
  if (error.message.includes('timeout exceeded when trying to connect')) {
    return new SetupError(SENTENCES.ETIMEDOUT!(name), { cause: error });
  }
  if (error.message.includes('Connection terminated')) {
    return new SetupError(SENTENCES.ECONNRESET!(name), { cause: error });
  }
  if (/SSL|certificate/.test(error.message)) {
    return new SetupError(
      `no TLS connection to Postgres at ${name} (${error.message}): correct sslmode in DATABASE_URL.`,
      {
        cause: error,
      },
    );
  }
  return error;
}

/** A host with several addresses gives an AggregateError: the first one speaks for all. */
function codeOf(error: Error): string | undefined {
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return (first as NodeJS.ErrnoException).code;
}
