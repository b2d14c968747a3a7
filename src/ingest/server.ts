import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AudienceSubscription } from '../plan/event.ts';
import type { Project } from '../plan/project.ts';
import { storeAnswers } from '../store/answers.ts';
import { tellSubscriptions } from '../store/audience-subscriptions.ts';
import type { PassOver } from '../store/inbox.ts';
import type { Store } from '../store/store.ts';
import { METRICS_TYPE } from '../system/metrics.ts';
import { createSealer, type Sealer } from '../system/seal.ts';
import { seldom } from '../system/seldom.ts';
import { SetupError } from '../system/setup-error.ts';
import { createAcceptor, IN_FLIGHT } from './acceptor.ts';
import { createBackpressure, type Held } from './backpressure.ts';
import { DEFAULT_BOUNDS, type IngestBounds } from './bounds.ts';
import { type ConfiguredSource, configureSources } from './configured-sources.ts';
import type { TakeFeedback } from './feedback.ts';
import { FieldLog, TELL_EVERY_MS } from './field-log.ts';
import { fillGroups } from './fill-groups.ts';
import { answerUnreadable, asProblem, notFound, sendProblem } from './http-errors.ts';
import { knownFlows } from './known-flows.ts';
import { createMetrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { Problem } from './problem.ts';
import { BODY_LIMIT } from './read-json.ts';
import { syncsOf } from './syncs-of.ts';
import { takeRequest, unavailable } from './take-request.ts';

export interface IngestOptions {
  readonly store: Store;
  readonly project: Project;
  /** values of the declared sources' secrets, by source; several for rotation */
  readonly secrets: { readonly [source: string]: readonly string[] };
  readonly host: string;
  /** 0 = any free port */
  readonly port: number;
  /** takes `POST /v1/events` from this machine without a token where no `api` source is declared */
  readonly dev: boolean;
  /** where events about messages reach the ledger; absent: they are events only */
  readonly feedback?: TakeFeedback;
  /** decides what concerns nobody where it is written; absent: that is left to a router, too */
  readonly passOver?: PassOver;
  /** adds routes of other parts of the process; bodies come as bytes */
  moreRoutes?(app: FastifyInstance): void;
  /** of the other parts of the process, in Prometheus' text format */
  moreMetrics?(): Promise<string>;
  /** called after events became durable that a router has to look at */
  onAccepted(): void;
  readonly log: (message: string, facts?: { readonly level: 'warn' | 'error' }) => void;
  /** seals what goes to quarantine; without one it is kept as it came */
  readonly sealer?: Sealer;
  readonly bounds?: IngestBounds;
  /** ms that `close` leaves to who is still sending; 15 s unless told */
  readonly patience?: number;
}

export interface Ingest {
  /** base URL, without a slash at the end */
  readonly url: string;
  /** takes no new request, and waits for those in flight; whoever still sends after a while is cut off, and sends again */
  close(): Promise<void>;
}

/** Milliseconds a client has to send a whole request. */
const REQUEST_TIMEOUT = 30_000;
/** Milliseconds left to who is still sending when we close: from then on Node watches no REQUEST_TIMEOUT any more. */
const PATIENCE = 15_000;
/** While the store is away every request fails alike: metrics count them, the log says so now and then. */
const OUTAGE_MS = 10_000;

/**
 * Starts the HTTP ingest (CONTRACT.md §3).
 *
 * @throws SetupError a source that cannot be served, an address that cannot be listened on
 */
export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const { store, project, host, port, log } = options;
  const sources = configureSources(project, options.secrets, options.dev);
  const metrics = createMetrics();
  // Producers do not wait behind the many queries of the router beside us; who asks for readiness does not wait behind them.
  const own = store.apart(IN_FLIGHT + 1);
  const fields = new FieldLog(log);
  const sayNow = seldom(OUTAGE_MS);
  const telling = setInterval(() => fields.sum(), TELL_EVERY_MS).unref();
  const context = {
    acceptor: createAcceptor(own, {
      feedback: options.feedback ?? null,
      syncs: syncsOf(project),
      groups: project.groups,
      passOver: options.passOver,
    }),
    shapes: project.events,
    messages: project.messages,
    metrics,
    fields,
    sealer: options.sealer ?? createSealer([]),
    tellSubscriptions: async (subscriptions: readonly AudienceSubscription[]) => {
      await tellSubscriptions(store.db, subscriptions);
      await fillGroups(store.db, project, subscriptions);
    },
    knownFlows: () => knownFlows(store.db),
    onAccepted: options.onAccepted,
    outage: (message: string) => sayNow(message) && log(message, { level: 'error' }),
  };
  const pressure = createBackpressure(store, options.bounds ?? DEFAULT_BOUNDS, metrics, log);
  let closing = false;

  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: 'idle',
    // A vendor's form field may add the slash; it would lose events by a 404.
    routerOptions: { ignoreTrailingSlash: true },
    return503OnClosing: false,
    frameworkErrors: (_error, _request, reply) => void sendProblem(reply, notFound()),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, REQUEST_TIMEOUT),
  });
  app.addHook('onClose', async () => {
    clearInterval(telling);
    fields.sum();
    await own.close();
  });
  // Bodies are read as bytes whatever their content type says: who calls is judged before what was sent.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.decorateRequest('givenContentType', undefined);
  app.decorateRequest('held', undefined);
  app.addHook('onRequest', async (request, reply) => {
    if (closing) throw unavailable('this server is shutting down');
    if (request.method === 'POST') {
      const length = Number(request.headers['content-length'] ?? Number.NaN);
      request.held = pressure.enter(Number.isFinite(length) ? length : null, reply.raw);
    }
    request.givenContentType = request.headers['content-type'];
    delete request.raw.headers['content-type'];
  });
  // A connection kept alive past its last answer would hold `close` up for as long as the client likes.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
    const problem = asProblem(error);
    if (problem.code === 'internal')
      // What stands in quotes may be somebody's: Postgres and V8 quote the value that they stumble over.
      log(
        `ingest failed on ${request.method} ${request.routeOptions.url}: ${(error.stack ?? error.message).replace(/"[^"\n]*"/g, '"…"')}`,
        { level: 'error' },
      );
    // A probe that fails brings no events: counted, it would be an alert of events refused.
    if (request.method === 'POST')
      metrics.add('flows_ingest_requests_total', [sourceLabel(request), String(problem.status)]);
    // Closed while the client still sends, the connection would break before the answer is read.
    if (problem.code === 'too_large' && !closing) {
      reply.removeHeader('connection');
      request.raw.resume();
    }
    return sendProblem(reply, problem);
  });

  const take = async (candidates: readonly ConfiguredSource[], request: FastifyRequest, reply: FastifyReply) => {
    const type = request.givenContentType;
    const taken = takeRequest(context, candidates, {
      headers: { ...request.headers, ...(type === undefined ? {} : { 'content-type': type }) },
      raw: (request.body as Buffer | undefined) ?? Buffer.alloc(0),
      remoteAddress: request.socket.remoteAddress,
    });
    const { source, answer } = await (request.held?.during(taken) ?? taken);
    metrics.add('flows_ingest_requests_total', [source, String(answer.status)]);
    return reply.code(answer.status).type('application/json').send(JSON.stringify(answer.body));
  };
  /** The label of requests whose source is not known: only declared names may become labels. */
  const sourceLabel = (request: FastifyRequest): string => {
    const name = (request.params as { name?: string } | undefined)?.name;
    if (name !== undefined && sources.named.has(name)) return name;
    return request.routeOptions.url === '/v1/events' && sources.api.length === 1 ? sources.api[0]!.name : '';
  };

  app.post('/v1/events', {
    onRequest: async () => {
      if (sources.api.length === 0) throw new Problem('unknown_source', 'mapp.yaml declares no source of type api');
    },
    handler: (request, reply) => take(sources.api, request, reply),
  });
  app.post<{ Params: { name: string } }>('/v1/sources/:name', {
    onRequest: async (request) => {
      if (!sources.named.has(request.params.name)) throw unknownSource(request.params.name, sources.api);
    },
    handler: (request, reply) => take([sources.named.get(request.params.name)!], request, reply),
  });
  // Connect's callback is an address and nothing else: no header that its token could stand in.
  app.post<{ Params: { name: string; token: string } }>('/v1/sources/:name/:token', {
    onRequest: async (request) => {
      const { name, token } = request.params;
      if (sources.named.get(name)?.adapter.type !== 'mapp_feedback') throw unknownSource(name, sources.api);
      request.headers.authorization ??= `Bearer ${token}`;
    },
    handler: (request, reply) => take([sources.named.get(request.params.name)!], request, reply),
  });
  // CloudEvents 1.0, "HTTP 1.1 Web Hooks": a sender that keeps to it asks before it delivers.
  app.options<{ Params: { name: string } }>('/v1/sources/:name', async (request, reply) => {
    const origin = request.headers['webhook-request-origin'];
    if (sources.named.get(request.params.name)?.adapter.type !== 'cloudevents' || typeof origin !== 'string')
      return sendProblem(reply, wrongMethod(app, request) ?? notFound());
    return reply
      .headers({ allow: 'OPTIONS, POST', 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' })
      .send();
  });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    await storeAnswers(own.db).catch((error: Error) => {
      throw unavailable(error.message);
    });
    return { status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(METRICS_TYPE).send(metrics.render() + ((await options.moreMetrics?.()) ?? '')),
  );
  const document = openApi(
    sources.api.some((source) => source.loopbackOnly) ? 'loopback' : sources.api.length > 0,
    [...sources.named].map(([name, { adapter, credential }]) => [name, { type: adapter.type, credential }]),
  );
  app.get('/openapi.json', async () => document);
  options.moreRoutes?.(app);
  app.setNotFoundHandler((request, reply) => sendProblem(reply, wrongMethod(app, request) ?? notFound()));

  await listen(app, host, port);
  const address = app.server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    async close() {
      closing = true;
      await pressure.stop();
      const cutOff = setTimeout(() => app.server.closeAllConnections(), options.patience ?? PATIENCE);
      await app.close().finally(() => clearTimeout(cutOff));
    },
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** the header as it came; fastify itself sees none, and reads every body as bytes */
    givenContentType: string | undefined;
    /** of a POST */
    held: Held | undefined;
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      throw new SetupError(
        `port ${port} on ${host} is taken: end what listens there, or choose another by FLOWS_PORT or --port (0: any free one).`,
      );
    }
    if (code === 'EACCES')
      throw new SetupError(`port ${port} on ${host} needs more rights: choose one above 1023 by FLOWS_PORT or --port.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new SetupError(`${host} is not an address of this machine: correct FLOWS_HOST.`);
    }
    throw error;
  }
}

const PATHS = [
  '/v1/events',
  '/v1/sources/:name',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/codec/encode',
  '/codec/decode',
];

/** 405 where the path exists for another method. */
function wrongMethod(app: FastifyInstance, request: FastifyRequest): Problem | null {
  const path = request.url.split('?')[0]!.replace(/(.)\/$/, '$1');
  const route = PATHS.find((known) => (known.endsWith(':name') ? /^\/v1\/sources\/[^/]+$/.test(path) : path === known));
  if (route === undefined) return null;
  const allow = app.hasRoute({ method: 'POST', url: route }) ? 'POST' : 'GET, HEAD';
  return new Problem('method_not_allowed', `${request.method} is not accepted here; accepted: ${allow}`, {
    headers: { allow },
  });
}

function unknownSource(name: string, api: readonly ConfiguredSource[]): Problem {
  const detail = api.some((source) => source.name === name && !source.loopbackOnly)
    ? 'sources of type api post to /v1/events'
    : 'mapp.yaml declares no source of this name';
  return new Problem('unknown_source', detail);
}
