import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestHash, tokenFault } from '../mapp/token.ts';
import type { Account } from './account.ts';
import type { ApplyLater } from './apply-later.ts';
import { isObject, readJson } from './body.ts';
import type { Callback } from './callback.ts';
import type { Catalogue } from './catalogue.ts';
import { type Fault, type Faults, type OperationPath, strikesAfter } from './faults.ts';
import type { Journal } from './journal.ts';
import { Refusal } from './refusal.ts';

/** Mapp discards a larger batch whole. */
const MAX_BATCH = 1_000;

/** All that the routes of one sandbox share. */
export interface Sandbox {
  readonly credentials: { readonly integrationId: string; readonly secret: string };
  readonly catalogue: Catalogue;
  readonly account: Account;
  readonly journal: Journal;
  readonly queue: ApplyLater;
  readonly faults: Faults;
  readonly callback: Callback;
  /** aborted when the sandbox closes, so that no latency outlives it */
  readonly closing: AbortSignal;
}

interface Incoming {
  readonly body: Buffer;
  /** of the query; null where it is missing */
  readonly subtype: string | null;
  /** one that strikes after queueing */
  readonly fault: Fault | null;
}

/** Mapp Connect's operations (docs.mapp.com "API endpoints"), relative to `…/api/v1`. */
export function connectRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { catalogue } = sandbox;
  const route = (method: 'GET' | 'POST', path: OperationPath, answer: (call: Incoming) => unknown) => {
    app.route<{ Params: { id: string } }>({
      method,
      url: `/integration/:id/${path}`,
      handler: async (request) => {
        const call = await admit(sandbox, path, request);
        const result = await answer(call);
        if (call.fault !== null) await strike(sandbox, call.fault, path.startsWith('event'));
        return result;
      },
    });
  };

  route('GET', 'ping', () => ({
    ping: true,
    pong: true,
    integrationId: sandbox.credentials.integrationId,
    timestamp: Date.now(),
  }));
  for (const method of ['GET', 'POST'] as const) {
    route(method, 'connect', () => ({
      connectionStatus: 'CONNECTED',
      groupNamesAndIds: Object.fromEntries(
        Object.entries(catalogue.groupNames()).map(([id, name]) => [name, asNumber(id)]),
      ),
      customersGroupId: null,
      subscribersGroupId: null,
      guestsGroupId: null,
    }));
  }
  route('GET', 'group', () => catalogue.groupNames());
  route('GET', 'message', () => catalogue.messageNames('email'));
  route('GET', 'message/push', () => catalogue.messageNames('push'));
  route('GET', 'message/sms', () => catalogue.messageNames('sms'));
  route('GET', 'mobile-app', () => catalogue.appNames());
  route('POST', 'event', (call) => accept(sandbox, call, false));
  route('POST', 'event/batch', (call) => accept(sandbox, call, true));
}

/** Mapp's own clients read ids as numbers in this one answer; one that a double cannot hold stays a text. */
function asNumber(id: string): number | string {
  return /^\d+$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id;
}

/** A fault that strikes first does so as a proxy would: before credentials are looked at. */
async function admit(
  sandbox: Sandbox,
  path: OperationPath,
  request: FastifyRequest<{ Params: { id: string } }>,
): Promise<Incoming> {
  const at = request.url.indexOf('?');
  const [pathname, query] = at === -1 ? [request.url, ''] : [request.url.slice(0, at), request.url.slice(at + 1)];
  const subtype = new URLSearchParams(query).get('subtype') || null;
  const fault = await admitFault(sandbox, path, subtype);

  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const { integrationId, secret } = sandbox.credentials;
  if (request.params.id !== integrationId)
    throw new Refusal(404, 'NOT_FOUND', `there is no integration "${request.params.id}"`);
  const header = request.headers['auth-token'];
  const token = typeof header === 'string' ? header : header?.[0];
  const problem = tokenFault(token, requestHash(pathname, body, query), secret, Date.now());
  if (problem !== null) throw new Refusal(401, 'UNAUTHORIZED', problem);
  return { body, subtype, fault };
}

/** Lets a fault that comes first strike; answers one that strikes after queueing. */
export async function admitFault(sandbox: Sandbox, path: OperationPath, subtype: string | null): Promise<Fault | null> {
  const fault = sandbox.faults.take(path, subtype);
  if (fault === null || strikesAfter(fault)) return fault;
  await strike(sandbox, fault, false);
  return null;
}

/** Journals and queues the events of a call, and answers an empty object: Mapp says no more. */
async function accept(sandbox: Sandbox, call: Incoming, batch: boolean): Promise<object> {
  if (call.subtype === null) throw new Refusal(400, 'BAD_REQUEST', 'the query parameter subtype is missing');
  let value: unknown;
  try {
    value = readJson(call.body);
  } catch (error) {
    throw new Refusal(400, 'BAD_REQUEST', `the body is not JSON: ${(error as Error).message}`);
  }
  const bodies: readonly unknown[] = batch && Array.isArray(value) ? value : [value];
  if (batch && !Array.isArray(value)) throw new Refusal(400, 'BAD_REQUEST', 'the body of a batch must be a JSON array');
  if (bodies.length > MAX_BATCH) {
    throw new Refusal(
      400,
      'BAD_REQUEST',
      `a batch holds at most ${MAX_BATCH} events, this one has ${bodies.length}; all were discarded`,
    );
  }
  const events = bodies.map((body, index) => {
    if (!isObject(body))
      throw new Refusal(
        400,
        'BAD_REQUEST',
        `${batch ? `item ${index} of the batch` : 'the body'} must be a JSON object`,
      );
    return { id: randomUUID(), body };
  });
  if (events.length === 0) return {};
  const poison = sandbox.faults.poisonIn(batch ? 'event/batch' : 'event', call.subtype, call.body);
  if (poison !== null) {
    const refused = batch ? 'an event of the batch; all were discarded' : 'the event';
    throw new Refusal(poison.status ?? 400, 'FAULT', `poison ${JSON.stringify(poison.poison)} in ${refused}`);
  }
  const status = call.fault === null ? 200 : call.fault.drop ? null : (call.fault.status ?? 200);
  const accepted = await sandbox.journal.append({
    subtype: call.subtype,
    status,
    batch: batch ? { id: randomUUID(), size: events.length } : null,
    events,
  });
  sandbox.queue.push(accepted);
  return {};
}

export async function strike(sandbox: Sandbox, fault: Fault, queued: boolean): Promise<void> {
  if (fault.latencyMs !== undefined) await sleep(fault.latencyMs, undefined, { signal: sandbox.closing });
  if (fault.drop !== undefined) throw new Refusal(null, 'FAULT', `fault: dropped ${fault.drop} queueing`, { queued });
  if (fault.status !== undefined) {
    const headers: Record<string, string> =
      fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
    throw new Refusal(fault.status, 'FAULT', 'a fault that the sandbox was told to show', { headers, queued });
  }
}

/** Puts faults in force in the place of those that are. */
export function tell(faults: Faults, queue: ApplyLater, rules: readonly Fault[]): void {
  faults.set(rules);
  queue.lagMs = faults.staleMs;
}
