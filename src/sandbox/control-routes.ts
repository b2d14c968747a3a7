import type { FastifyInstance } from 'fastify';
import { isObject, readJson } from './body.ts';
import { type CallbackTarget, isHttpUrl } from './callback.ts';
import { type Sandbox, tell } from './connect-routes.ts';
import type { Contact } from './contacts.ts';
import { readFaults } from './faults.ts';
import type { JournalLine } from './journal.ts';
import { isReactionKind, REACTIONS, readReaction } from './reactions.ts';
import { Refusal } from './refusal.ts';

/** What the sandbox shows and how it is told to behave; JSON, on the port of Connect, without credentials. */
export function controlRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { account, journal, queue, faults, callback } = sandbox;

  app.get('/contacts', () => [...account.contacts.all()].map((contact) => contactView(sandbox, contact)));
  app.get('/groups', () => groupsView(sandbox));
  app.get('/messages', () => account.messages);
  // The latest calls: load tests send more than memory holds. The header says with which number the list begins.
  app.get('/journal', (_request, reply) => {
    reply.header('first-seq', String(journal.lines[0]?.seq ?? 1));
    return journal.lines.flatMap(entries);
  });
  app.get('/products', () => account.records.products);
  app.get('/coupons', () => account.records.coupons);
  app.get('/related-data', () => account.records.relatedDatasets);
  app.get('/feedback', () => account.feedback);
  app.put('/feedback', (request) => {
    callback.target = targetOf(bodyOf(request.body));
    return { url: callback.target?.url ?? null };
  });
  app.get('/callbacks', () => callback.attempts.list);
  app.post<{ Params: { id: string; reaction: string } }>('/messages/:id/:reaction', async (request) => {
    const message = account.outbox.get(request.params.id);
    if (message === undefined) throw new Refusal(404, 'NOT_FOUND', `there is no message "${request.params.id}"`);
    const kind = request.params.reaction;
    if (!isReactionKind(kind)) {
      const kinds = Object.keys(REACTIONS).join(', ');
      throw new Refusal(404, 'NOT_FOUND', `nobody can "${kind}" a message; accepted are ${kinds}`);
    }
    const reaction = readReaction(kind, message, isEmpty(request.body) ? null : bodyOf(request.body));
    if ('problem' in reaction) throw new Refusal(400, 'BAD_REQUEST', reaction.problem);
    await journal.append({ message: message.id, reaction });
    account.react(message.id, reaction);
    const status = await callback.react(reaction);
    return { reaction, sentTo: callback.target?.url ?? null, status };
  });
  app.get('/faults', () => faults.list());
  app.put('/faults', (request) => {
    const read = readFaults(bodyOf(request.body));
    if ('problem' in read) throw new Refusal(400, 'BAD_REQUEST', read.problem);
    tell(faults, queue, read.faults);
    return faults.list();
  });
  app.post('/drain', () => ({ applied: queue.drain() }));
  const reset = async () => {
    queue.clear();
    await journal.clear();
    account.clear();
    tell(faults, queue, []);
    return {};
  };
  app.post('/reset', reset);
  app.delete('/', reset);
}

/** A line of the journal as one entry per event; a refused call is one entry. What contacts did is no call. */
export function entries(line: JournalLine): readonly object[] {
  if ('reaction' in line) return [];
  if (!('events' in line)) return [{ ...line, accepted: false }];
  const { events, seq, ...call } = line;
  return events.map((event, index) => ({ seq: seq + index, ...call, accepted: true, ...event }));
}

export function contactView(sandbox: Sandbox, contact: Contact): object {
  const groups = (state: string) =>
    [...contact.groups]
      .filter(([, found]) => found === state)
      .map(([id]) => ({ id, name: sandbox.catalogue.group(id) ?? id }));
  return {
    id: contact.id,
    email: contact.email,
    mobile: contact.mobile,
    externalId: contact.externalId,
    attributes: Object.fromEntries(contact.attributes),
    groups: groups('member'),
    invited: groups('invited'),
    unsubscribed: groups('unsubscribed'),
    ...memberAttributes(contact),
    ...sandbox.account.records.viewOf(contact.id),
  };
}

/** `memberAttributes` by group id; no key where there are none. */
function memberAttributes(contact: Contact): object {
  const byGroup = [...contact.memberAttributes].map(([id, attributes]) => [id, Object.fromEntries(attributes)]);
  return byGroup.length === 0 ? {} : { memberAttributes: Object.fromEntries(byGroup) };
}

export interface GroupView {
  readonly id: string;
  readonly name: string;
  readonly members: number;
  /** ids */
  readonly contacts: readonly string[];
}

/** The catalogue's groups, and those that have members. */
export function groupsView({ account, catalogue }: Sandbox): readonly GroupView[] {
  const members = new Map<string, string[]>(Object.keys(catalogue.groupNames()).map((id) => [id, []]));
  for (const contact of account.contacts.all()) {
    for (const [id, state] of contact.groups) {
      if (state !== 'member') continue;
      const ids = members.get(id);
      if (ids === undefined) members.set(id, [contact.id]);
      else ids.push(contact.id);
    }
  }
  return [...members].map(([id, ids]) => ({ id, name: catalogue.group(id) ?? id, members: ids.length, contacts: ids }));
}

/** Where feedback goes from now on; `{ "url": null }` ends it. */
function targetOf(body: unknown): CallbackTarget | null {
  const wanted = '{ "url": "https://…" or null, "token"?: "…" }';
  const refuse = (found: string) => new Refusal(400, 'BAD_REQUEST', `${found}; accepted is ${wanted}`);
  if (!isObject(body)) throw refuse(`found ${JSON.stringify(body)}`);
  const unknown = Object.keys(body).find((name) => name !== 'url' && name !== 'token');
  if (unknown !== undefined) throw refuse(`unknown key "${unknown}"`);
  const { url, token = null } = body;
  if (token !== null && (typeof token !== 'string' || token === '')) throw refuse('"token" is no text');
  if (url === null) return null;
  if (!isHttpUrl(url)) throw refuse(`"url" is ${JSON.stringify(url ?? null)}`);
  return { url, token };
}

function isEmpty(body: unknown): boolean {
  return !Buffer.isBuffer(body) || body.length === 0;
}

function bodyOf(body: unknown): unknown {
  try {
    return readJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  } catch (error) {
    throw new Refusal(400, 'BAD_REQUEST', `the body is not JSON: ${(error as Error).message}`);
  }
}
