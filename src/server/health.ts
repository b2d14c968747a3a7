import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS_TYPE } from '../system/metrics.ts';
import { SetupError } from '../system/setup-error.ts';

export interface HealthOptions {
  readonly host: string;
  /** 0 = any free port */
  readonly port: number;
  /** rejects with a sentence while the worker can do no work */
  ready(): Promise<void>;
  metrics(): Promise<string>;
}

export interface Health {
  /** base URL, without a slash at the end */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * What an orchestrator asks a worker, which has no ingest: `GET /healthz` (the process answers), `/readyz`, `/metrics`.
 *
 * @throws SetupError the port is taken
 */
export async function startHealth({ host, port, ready, metrics }: HealthOptions): Promise<Health> {
  const answers: { readonly [path: string]: () => Promise<readonly [number, string, string]> } = {
    '/healthz': async () => json(200, { status: 'ok' }),
    '/readyz': () =>
      ready().then(
        () => json(200, { status: 'ready' }),
        (error: Error) => json(503, { status: 'unavailable', detail: error.message }),
      ),
    '/metrics': async () => [200, METRICS_TYPE, await metrics()],
  };
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?')[0]!;
    const answer = answers[path];
    const [status, type, body] =
      answer === undefined
        ? json(404, { detail: `there is only ${Object.keys(answers).join(', ')}` })
        : await answer().catch((error: Error) => json(500, { detail: error.message }));
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new SetupError(`port ${port} on ${host} is taken: choose another by --port (0: any free one).`)
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(status: number, body: object): readonly [number, string, string] {
  return [status, 'application/json', JSON.stringify(body)];
}
