import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LosslessNumber, stringify } from 'lossless-json';
import { ENGAGE, type EngagePath } from '../mapp/engage-operations.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import type { Account } from './account.ts';
import { isObject, readJson } from './body.ts';
import { admitFault, type Sandbox, strike } from './connect-routes.ts';
import type { Contact } from './contacts.ts';
import { EngageRefusal, invalidParameter, missingParameter, noSuchObject } from './engage-refusal.ts';
import { engageSubtype, pairs, sendable } from './engage-writes.ts';
import type { Fault } from './faults.ts';
import { Refusal } from './refusal.ts';

export interface EngageCredentials {
  readonly user: string;
  readonly password: string;
}

const IDENTIFIERS = { ID: 'id', EMAIL: 'email', MOBILE: 'mobile', EXTERNAL: 'externalId' } as const;
const SUBSCRIPTION_MODES = ['OPT_IN', 'CONFIRMED_OPT_IN', 'DOUBLE_OPT_IN'];
const UNSUBSCRIPTION_MODES = ['OPT_IN', 'CONFIRMED_OPT_IN'];
/** `getMessageHistory` (docs.mapp.com): the longest window, and the most rows. */
const HISTORY = { days: 31, rows: 5_000 };

interface Call {
  readonly query: { readonly [name: string]: string };
  /** null: none */
  readonly body: unknown;
}

/** What a method answers; undefined: 204. */
type Answer = object | string | undefined;

/**
 * Mapp Engage REST, as far as `mapp/engage-operations.ts` lists it, relative to `/api/rest/v19`. Reads see the account as it
 * is: what was accepted, by Connect or here, shows a moment later.
 */
export function engageRoutes(app: FastifyInstance, sandbox: Sandbox, credentials: EngageCredentials): void {
  for (const [path, { method, query }] of Object.entries(ENGAGE) as [EngagePath, (typeof ENGAGE)[EngagePath]][]) {
    app.route({
      method,
      url: `/${path}`,
      handler: async (request, reply) => {
        const fault = await admitFault(sandbox, path, null).catch(asEngageSays);
        authenticate(request, credentials);
        const call = readCall(request, query);
        const answer = await METHODS[path](sandbox, call, fault);
        const wrote = method === 'POST' && path !== 'contact/get';
        if (fault !== null) await strike(sandbox, fault, wrote).catch(asEngageSays);
        if (answer === undefined) return reply.code(204).send();
        return reply.type('application/json').send(stringify(answer));
      },
    });
  }
}

const METHODS: {
  readonly [path in EngagePath]: (sandbox: Sandbox, call: Call, fault: Fault | null) => Answer | Promise<Answer>;
} = {
  'system/getApiVersion': () => 'v19',
  'contact/get': (sandbox, { body }) => contactView(identified(sandbox, body)),
  'user/get': (sandbox, { query }) => userView(byUserId(sandbox, query)),
  'user/getByEmail': (sandbox, { query }) => userView(by(sandbox, 'email', 'email', query.email!)),
  'user/getByMobileNumber': (sandbox, { query }) =>
    userView(by(sandbox, 'mobile', 'mobileNumber', query.mobileNumber!)),
  'user/getByIdentifier': (sandbox, { query }) => userView(by(sandbox, 'externalId', 'identifier', query.identifier!)),
  'user/getProfile': (sandbox, { query }) =>
    nameValues(byUserId(sandbox, query).attributes).map(({ name, value }) => ({ name: `user.${name}`, value })),
  'user/getMessageHistory': (sandbox, { query }) => history(sandbox, byUserId(sandbox, query), query),
  'membership/findAll': (sandbox, { query }) => {
    const contact = byUserId(sandbox, query);
    return [...contact.groups]
      .filter(([, state]) => state === 'member')
      .map(([group]) => ({ userId: int64(contact.id), groupId: int64(group), attributes: [] }));
  },
  'membership/get': (sandbox, { query }) => {
    const contact = member(sandbox, query);
    const groupId = query.groupId!;
    return { userId: int64(contact.id), groupId: int64(groupId), attributes: memberAttributes(contact, groupId) };
  },
  'membership/getAttributes': (sandbox, { query }) => memberAttributes(member(sandbox, query), query.groupId!),
  'user/updateProfile': (sandbox, call, fault) => {
    byUserId(sandbox, call.query);
    return write(sandbox, 'user/updateProfile', { ...call.query, set: attributes(call.body) }, fault);
  },
  'membership/updateAttributes': async (sandbox, call, fault) => {
    member(sandbox, call.query);
    await write(sandbox, 'membership/updateAttributes', { ...call.query, set: attributes(call.body) }, fault);
    return [];
  },
  'membership/subscribe': (sandbox, { query }, fault) => {
    byUserId(sandbox, query);
    group(sandbox, query);
    mode('subscriptionMode', query, SUBSCRIPTION_MODES);
    return write(sandbox, 'membership/subscribe', query, fault);
  },
  'membership/unsubscribe': (sandbox, { query }, fault) => {
    member(sandbox, query);
    mode('unsubscriptionMode', query, UNSUBSCRIPTION_MODES);
    return write(sandbox, 'membership/unsubscribe', query, fault);
  },
  'message/sendSingle': (sandbox, call, fault) => send(sandbox, 'message/sendSingle', call, fault),
  'message/sendTransactional': (sandbox, call, fault) => send(sandbox, 'message/sendTransactional', call, fault),
};

/** A fault in Engage's form; it knows no 429, and throttles with a 500 instead. */
function asEngageSays(error: unknown): never {
  if (!(error instanceof Refusal) || error.status === null) throw error;
  const { status, message, queued } = error;
  if (status === 429) throw new EngageRefusal(500, 'INTERNAL_ERROR', 'Database Access Limit Exceeded');
  throw new EngageRefusal(status, 'INTERNAL_ERROR', message, {}, queued);
}

function authenticate(request: FastifyRequest, { user, password }: EngageCredentials): void {
  const header = request.headers.authorization;
  if (header === undefined) throw new EngageRefusal(401, 'UNAUTHORIZED', 'no Authorization header');
  const given = Buffer.from(header);
  const expected = Buffer.from(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new EngageRefusal(403, 'PERMISSION_DENIED', 'wrong user or password', { errorId: null });
}

function readCall(request: FastifyRequest, names: readonly string[]): Call {
  const given = new URLSearchParams(request.url.split('?')[1] ?? '');
  const query: { [name: string]: string } = {};
  for (const name of names) {
    const value = given.get(name);
    if (value === null || value === '') throw missingParameter(name);
    query[name] = value;
  }
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (bytes.length === 0) return { query, body: null };
  try {
    return { query, body: readJson(bytes) };
  } catch {
    throw new EngageRefusal(400, 'INVALID_REQUEST', 'the body is not JSON');
  }
}

function identified(sandbox: Sandbox, body: unknown): Contact {
  if (!isObject(body)) throw missingParameter('identifier');
  const type = String(body.type);
  if (!Object.hasOwn(IDENTIFIERS, type))
    throw new EngageRefusal(400, 'INVALID_REQUEST', `cannot deserialize value "${type}" as an identifier type`);
  return by(sandbox, IDENTIFIERS[type as keyof typeof IDENTIFIERS], 'identifier', String(body.value ?? ''), 'Contact');
}

function by(
  { account }: Sandbox,
  kind: 'id' | 'email' | 'mobile' | 'externalId',
  property: string,
  value: string,
  type = 'User',
): Contact {
  const none = { id: null, email: null, mobile: null, externalId: null };
  // Of several holders of an external id: the last one assigned.
  const contact = account.contacts.find({ ...none, [kind]: value }).at(-1);
  if (contact === undefined) throw noSuchObject(type, property, value);
  return contact;
}

function byUserId(sandbox: Sandbox, { userId = '' }: Call['query']): Contact {
  return by(sandbox, 'id', 'userId', userId);
}

function member(sandbox: Sandbox, query: Call['query']): Contact {
  const contact = byUserId(sandbox, query);
  group(sandbox, query);
  if (contact.groups.get(query.groupId!) !== 'member') throw noSuchObject('Membership', 'groupId', query.groupId!);
  return contact;
}

function group({ catalogue }: Sandbox, { groupId = '' }: Call['query']): void {
  if (catalogue.group(groupId) === null) throw noSuchObject('Group', 'groupId', groupId);
}

function mode(name: string, query: Call['query'], accepted: readonly string[]): void {
  if (!accepted.includes(query[name]!)) throw invalidParameter(name, query[name]!, accepted.join(', '));
}

function attributes(body: unknown): Json {
  if (!Array.isArray(body)) throw missingParameter('attributes');
  return pairs(body).map(([name, value]) => ({ name, value }));
}

function send(sandbox: Sandbox, path: EngagePath, { query, body }: Call, fault: Fault | null): Promise<undefined> {
  by(sandbox, 'id', 'recipientId', query.recipientId!);
  if (sendable(sandbox.catalogue, query.messageId!) === null)
    throw noSuchObject('Message', 'messageId', query.messageId!);
  const parameters = isObject(body) ? pairs(body.parameters).map(([name, value]) => ({ name, value })) : [];
  return write(sandbox, path, { ...query, parameters }, fault);
}

/** Journals and queues a write, as Connect does with an event. */
async function write(sandbox: Sandbox, path: EngagePath, body: JsonObject, fault: Fault | null): Promise<undefined> {
  const accepted = await sandbox.journal.append({
    subtype: engageSubtype(path),
    status: fault === null ? 204 : fault.drop ? null : (fault.status ?? 204),
    batch: null,
    events: [{ id: randomUUID(), body }],
  });
  sandbox.queue.push(accepted);
  return undefined;
}

function history({ account }: Sandbox, contact: Contact, query: Call['query']): object[] {
  const [from, to] = [moment('fromDate', query), moment('toDate', query)];
  if (to < from || to - from > HISTORY.days * 86_400_000)
    throw invalidParameter('toDate', query.toDate!, `at most ${HISTORY.days} days behind fromDate`);
  return account.messages
    .filter((sent) => sent.contact === contact.id && Date.parse(sent.at) >= from && Date.parse(sent.at) <= to)
    .slice(-HISTORY.rows)
    .map((sent) => ({
      messageID: int64(sent.messageId),
      externalTransactionId: sent.transactionId,
      messageName: sent.message,
      sendDate: Date.parse(sent.at),
      messageType: 'single',
      status: 'Sent',
      opened: reacted(account, sent.id, 'message_opened', 'message_clicked'),
      clicked: reacted(account, sent.id, 'message_clicked'),
    }));
}

/** Who clicked has opened. */
function reacted(account: Account, message: string, ...events: readonly string[]): boolean {
  return account.outbox.reactionsTo(message).some(({ event }) => events.includes(event));
}

function moment(name: string, query: Call['query']): number {
  const at = Date.parse(query[name]!);
  if (Number.isNaN(at)) throw invalidParameter(name, query[name]!, 'an ISO date');
  return at;
}

function userView({ id, email, mobile, externalId }: Contact): object {
  return { id: int64(id), email, mobileNumber: mobile, identifier: externalId };
}

function contactView(contact: Contact): object {
  const { id, email, mobile, externalId } = contact;
  return {
    contactId: int64(id),
    emailAddress: email,
    mobileNumber: mobile,
    applicationAlias: null,
    identifier: externalId,
    attributes: nameValues(contact.attributes),
  };
}

function memberAttributes(contact: Contact, group: string): object[] {
  return nameValues(contact.memberAttributes.get(group) ?? new Map());
}

function nameValues(attributes: ReadonlyMap<string, string>): { name: string; value: string }[] {
  return [...attributes].map(([name, value]) => ({ name, value }));
}

/** Mapp's ids are numbers of 64 bits. */
function int64(id: string): LosslessNumber | string {
  return /^\d+$/.test(id) ? new LosslessNumber(id) : id;
}
