/** A local Mapp: the HTTP interfaces of Connect and Engage, an account behind it that acts on events a moment later, and a view of both. */
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Project } from '../plan/project.ts';
import { SetupError } from '../system/setup-error.ts';
import { Account } from './account.ts';
import { type AccountState, restore, stateOf } from './account-state.ts';
import { ApplyLater } from './apply-later.ts';
import { Callback, type CallbackTarget } from './callback.ts';
import { Catalogue } from './catalogue.ts';
import { connectRoutes, type Sandbox, tell } from './connect-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { EngageRefusal } from './engage-refusal.ts';
import { type EngageCredentials, engageRoutes } from './engage-routes.ts';
import { applyEngageWrite, isEngageWrite } from './engage-writes.ts';
import { type Fault, Faults } from './faults.ts';
import { type AcceptedCall, Journal, LEFT_IN_FILE, type Outcome } from './journal.ts';
import { pageRoutes } from './page/routes.ts';
import { Refusal } from './refusal.ts';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const DEFAULT_DELAY_MS = 50;

export interface SandboxOptions {
  /** 0 = any free one */
  readonly port: number;
  /** loopback by default */
  readonly host?: string;
  /** where `journal.jsonl` is kept, and read back from; null keeps everything in memory only */
  readonly dir: string | null;
  readonly credentials: { readonly integrationId: string; readonly secret: string };
  /** of Engage; without them it is not served */
  readonly engage?: EngageCredentials;
  /** its catalogue says which groups, messages, apps and attributes exist; null: any */
  readonly project: Project | null;
  /** from accepting an event to its effect; 50 ms */
  readonly delayMs?: number;
  /** where Mapp reports what it could not carry out, and what contacts do; nowhere unless told */
  readonly feedback?: CallbackTarget;
  /** in force from the start, until `PUT /faults` */
  readonly faults?: readonly Fault[];
  /** told what a start does to the files of earlier ones */
  readonly log?: (line: string) => void;
}

export interface RunningSandbox {
  readonly url: string;
  /** as `feedback` of the options: for a receiver that starts after the sandbox */
  feedbackTo(target: CallbackTarget | null): void;
  close(): Promise<void>;
}

/** Throws a SetupError where the address is taken or the journal cannot be read. */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const host = options.host ?? '127.0.0.1';
  const catalogue = new Catalogue(options.project);
  const account = new Account(catalogue, options.credentials.integrationId);
  const apply = (call: AcceptedCall) =>
    isEngageWrite(call) ? applyEngageWrite(call, account, catalogue) : account.apply(call);
  const outcome: Outcome = {
    replay: (line) => {
      if ('events' in line) apply(line);
      else if ('reaction' in line) account.react(line.message, line.reaction);
    },
    state: () => stateOf(account),
    restore: (state) => restore(account, state as AccountState),
  };
  const journal = await Journal.open(options.dir, outcome, (lines) =>
    options.log?.(
      `the sandbox's journal had ${lines} calls: the latest ${LEFT_IN_FILE} events of it are left, and the latest messages; contacts are as they were`,
    ),
  );
  const queue = new ApplyLater(apply, options.delayMs ?? DEFAULT_DELAY_MS);
  const closing = new AbortController();
  const callback = new Callback(closing.signal, () => {
    account.version += 1;
  });
  callback.target = options.feedback ?? null;
  account.onFeedback = (item) => callback.report(item); // what was read back had its turn
  const faults = new Faults();
  tell(faults, queue, options.faults ?? []);
  const sandbox: Sandbox = {
    credentials: options.credentials,
    catalogue,
    account,
    journal,
    queue,
    faults,
    callback,
    closing: closing.signal,
  };

  const app = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  // Tokens sign the bytes, and Mapp does not insist on a content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((request) => {
    if (request.url.startsWith('/api/rest/')) throw new EngageRefusal(404, 'INVALID_REQUEST', 'Not Found');
    throw new Refusal(404, 'NOT_FOUND', `there is nothing at ${request.method} ${request.url}`);
  });
  app.setErrorHandler((error, request, reply) => refuse(sandbox, error, request, reply));
  for (const prefix of ['/charon/api/v1', '/api/v1']) {
    app.register(async (scope) => connectRoutes(scope, sandbox), { prefix });
  }
  const { engage } = options;
  if (engage !== undefined) {
    for (const prefix of ['/api/rest/v19', '/api/rest']) {
      app.register(async (scope) => engageRoutes(scope, sandbox, engage), { prefix });
    }
  }
  controlRoutes(app, sandbox);
  pageRoutes(app, sandbox);

  const close = async () => {
    closing.abort();
    await app.close();
    queue.clear(); // what waits stands in the journal
    await journal.close();
  };
  try {
    const url = reachable(await app.listen({ port: options.port, host }));
    const feedbackTo = (target: CallbackTarget | null) => {
      callback.target = target;
    };
    return { url, feedbackTo, close };
  } catch (error) {
    await close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new SetupError(
      `the sandbox cannot use port ${options.port} of ${host}: it is in use; choose another one with --port`,
    );
  }
}

async function refuse(sandbox: Sandbox, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const refusal = error instanceof Refusal ? error : unforeseen(error);
  const { status } = refusal;
  if (/\/api\/(v1\/integration|rest)\//.test(request.url) && !refusal.queued) {
    await sandbox.journal.append({ method: request.method, path: request.url, status, reason: refusal.message });
  }
  if (status === null) {
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  }
  return reply
    .code(status)
    .headers(refusal.headers)
    .send(refusal.body ?? { error: refusal.code, message: refusal.message });
}

/** Fastify's own refusals carry a status (413 for a body over the limit); everything else is a fault of the sandbox. */
function unforeseen(error: unknown): Refusal {
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  return new Refusal(statusCode ?? 500, statusCode === 413 ? 'TOO_LARGE' : 'ERROR', message ?? String(error));
}

/** An address that can be called, also where the sandbox listens on all of them. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
