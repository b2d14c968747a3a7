import type { FastifyInstance } from 'fastify';
import { readJson } from './body.ts';
import type { Sandbox } from './connect-routes.ts';
import type { Contact } from './contacts.ts';
import { readFaults } from './faults.ts';
import type { JournalLine } from './journal.ts';
import { page, REFRESH_SCRIPT } from './page.ts';
import { Refusal } from './refusal.ts';

/** What the sandbox shows and how it is told to behave; JSON, on the port of Connect, without credentials. */
export function controlRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { account, journal, queue, faults } = sandbox;

  app.get('/contacts', () => [...account.contacts.all()].map((contact) => contactView(sandbox, contact)));
  app.get('/groups', () => groupsView(sandbox));
  app.get('/messages', () => account.messages);
  app.get('/journal', () => journal.lines.flatMap(entries));
  app.get('/products', () => account.records.products);
  app.get('/coupons', () => account.records.coupons);
  app.get('/related-data', () => account.records.relatedDatasets);
  app.get('/feedback', () => account.feedback);
  app.get('/faults', () => faults.list());
  app.put('/faults', (request) => {
    const read = readFaults(bodyOf(request.body));
    if ('problem' in read) throw new Refusal(400, 'BAD_REQUEST', read.problem);
    faults.set(read.faults);
    return faults.list();
  });
  app.post('/drain', () => ({ applied: queue.drain() }));
  const reset = async () => {
    queue.clear();
    await journal.clear();
    account.clear();
    faults.set([]);
    return {};
  };
  app.post('/reset', reset);
  app.delete('/', reset);

  app.get<{ Querystring: { q?: string } }>('/', (request, reply) => {
    reply.header('content-type', 'text/html; charset=utf-8');
    reply.header('content-security-policy', "default-src 'self'; style-src 'unsafe-inline'");
    return page(account, (id) => sandbox.catalogue.group(id) ?? id, request.query.q ?? '');
  });
  app.get('/refresh.js', (_request, reply) => {
    reply.header('content-type', 'text/javascript; charset=utf-8');
    return REFRESH_SCRIPT;
  });
}

/** A line of the journal as one entry per event; a refused call is one entry. */
function entries(line: JournalLine): readonly object[] {
  if (!('events' in line)) return [{ ...line, accepted: false }];
  const { events, seq, ...call } = line;
  return events.map((event, index) => ({ seq: seq + index, ...call, accepted: true, ...event }));
}

function contactView(sandbox: Sandbox, contact: Contact): object {
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

/** The catalogue's groups, and those that have members. */
function groupsView({ account, catalogue }: Sandbox): readonly object[] {
  const members = new Map<string, string[]>(Object.keys(catalogue.groupNames()).map((id) => [id, []]));
  for (const contact of account.contacts.all()) {
    for (const [id, state] of contact.groups) {
      if (state === 'member') members.set(id, [...(members.get(id) ?? []), contact.id]);
    }
  }
  return [...members].map(([id, ids]) => ({ id, name: catalogue.group(id) ?? id, members: ids.length, contacts: ids }));
}

function bodyOf(body: unknown): unknown {
  try {
    return readJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  } catch (error) {
    throw new Refusal(400, 'BAD_REQUEST', `the body is not JSON: ${(error as Error).message}`);
  }
}
