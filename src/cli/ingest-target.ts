import { isIPv6 } from 'node:net';
import { readSettings } from '../config/settings.ts';
import { findDev } from '../operate/dev-file.ts';
import type { IngestTarget } from '../operate/post-event.ts';
import { type Cli, CliError } from './cli.ts';
import { environment } from './environment.ts';
import { soundCatalogue } from './project.ts';

/**
 * Where events of this project go: the `flows dev` that runs, else `FLOWS_HOST` and `FLOWS_PORT`; with the first token of
 * the declared `api` source. Throws CliError when that is not known here.
 */
export function ingestTarget(cli: Cli, dir: string): IngestTarget {
  const env = environment(cli, dir);
  const dev = findDev(dir);
  const project = soundCatalogue(cli, dir);
  const api = Object.entries(project.sources).find(([, source]) => source.type === 'api');
  if (dev !== null) return { url: dev.ingest, token: tokenOf(api?.[1].secrets, { ...dev.made, ...env }) };
  if (api === undefined) {
    throw new CliError('mapp.yaml declares no source of type api, through which events could be sent', {
      remedy: 'Start `flows dev`, which takes them without one, or add one under `sources`.',
    });
  }
  const { settings, problems } = readSettings(env, { dev: false, mapp: false });
  if (settings === undefined) throw new CliError(problems.join('\n'));
  if (settings.port === 0)
    throw new CliError('FLOWS_PORT is 0: any free port, so nobody knows which', {
      remedy: 'Set it to the port of the ingest.',
    });
  const token = tokenOf(api[1].secrets, env);
  if (token === null) {
    throw new CliError(`${api[1].secrets.join(' or ')} is not set: the source ${api[0]} takes its token from it`);
  }
  return { url: `http://${reachable(settings.host)}:${settings.port}`, token };
}

function tokenOf(variables: readonly string[] = [], env: Readonly<Record<string, string | undefined>>): string | null {
  return variables.map((name) => env[name]).find((value) => value !== undefined && value !== '') ?? null;
}

/** An ingest that listens on all addresses is reached on loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
