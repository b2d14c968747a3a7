/** What the page shows, as JSON: newest first, what the search finds, so many at a time. */
import type { Sandbox } from '../connect-routes.ts';
import type { Contact } from '../contacts.ts';
import { contactView, entries, groupsView } from '../control-routes.ts';
import type { SentMessage } from '../outbox.ts';

/** Shown at a time: a browser is quick with so many. */
const MOST_SHOWN = 200;
/** Looked through for a search: of a load test's hundreds of thousands, the latest. */
const MOST_SEARCHED = 50_000;

export interface View<T> {
  /** how many there are at all */
  readonly total: number;
  /** whether there are more that would have been found */
  readonly more: boolean;
  readonly items: readonly T[];
}

/** The latest of a list that contain the text, newest first. */
function latest<T>(
  list: readonly T[],
  query: string,
  texts: (item: T) => readonly (string | null)[],
  total = list.length,
): View<T> {
  const wanted = query.trim().toLowerCase();
  const items: T[] = [];
  const last = Math.max(0, list.length - MOST_SEARCHED);
  let index = list.length - 1;
  for (; index >= last && items.length <= MOST_SHOWN; index--) {
    const item = list[index]!;
    if (wanted === '' || texts(item).some((text) => text?.toLowerCase().includes(wanted))) items.push(item);
  }
  const more = items.length > MOST_SHOWN || (index >= 0 && items.length > 0);
  return { total, more, items: items.slice(0, MOST_SHOWN) };
}

function pairTexts(pairs: Iterable<readonly [string, string]>): string[] {
  return [...pairs].map(([name, value]) => `${name}=${value}`);
}

function textsOf(sent: SentMessage): (string | null)[] {
  const { message, messageId, channel, email, mobile, transactionId, app, parameters } = sent;
  return [email, mobile, message, messageId, channel, transactionId, app, ...pairTexts(Object.entries(parameters))];
}

export function messagesView({ account }: Sandbox, query: string): View<object> {
  const found = latest(account.messages, query, textsOf, account.outbox.total);
  return { ...found, items: found.items.map((message) => withReactions(account.outbox, message)) };
}

function withReactions(outbox: Sandbox['account']['outbox'], message: SentMessage): object {
  return { ...message, reactions: outbox.reactionsTo(message.id).map(({ event, time }) => ({ event, time })) };
}

/** `group`: its members only; empty: everybody. */
export function contactsView(
  sandbox: Sandbox,
  query: string,
  group: string,
): View<object> & { readonly group: string | null } {
  const { account, catalogue } = sandbox;
  const all = [...account.contacts.all()].filter(({ groups }) => group === '' || groups.get(group) === 'member');
  const found = latest(all, query, (contact) => contactTexts(contact, (id) => catalogue.group(id) ?? id));
  const counts = new Map<string, number>(found.items.map(({ id }) => [id, 0]));
  for (const { contact } of account.messages) {
    const count = counts.get(contact);
    if (count !== undefined) counts.set(contact, count + 1);
  }
  return {
    ...found,
    group: group === '' ? null : (catalogue.group(group) ?? group),
    items: found.items.map(({ id, email, mobile, externalId, attributes, groups }) => ({
      ...{ id, email, mobile, externalId, attributes: attributes.size, messages: counts.get(id) },
      groups: [...groups].map(([one, state]) => ({ name: catalogue.group(one) ?? one, state })),
    })),
  };
}

function contactTexts(
  { id, email, mobile, externalId, attributes, groups }: Contact,
  nameOf: (group: string) => string,
): (string | null)[] {
  return [id, email, mobile, externalId, ...pairTexts(attributes), ...[...groups.keys()].map(nameOf)];
}

/** One contact with everything; null where there is none of this id. */
export function contactPage(sandbox: Sandbox, id: string): object | null {
  const { account } = sandbox;
  const contact = account.contacts.get(id);
  if (contact === undefined) return null;
  const messages = account.messages.filter((message) => message.contact === id);
  const shown = messages.slice(-MOST_SHOWN).reverse();
  return {
    ...contactView(sandbox, contact),
    messages: { total: messages.length, items: shown.map((message) => withReactions(account.outbox, message)) },
  };
}

export function groupsList(sandbox: Sandbox, query: string): View<object> {
  const groups = groupsView(sandbox).map(({ id, name, members }) => ({ id, name, members }));
  return latest(groups.reverse(), query, ({ id, name }) => [id, name]);
}

export function journalView({ journal }: Sandbox, query: string): View<object> {
  const lines = journal.lines.filter((line) => !('reaction' in line)).slice(-MOST_SEARCHED);
  const found = latest(
    lines,
    query,
    (line) =>
      'events' in line
        ? [line.subtype, String(line.status), ...line.events.map(({ body }) => JSON.stringify(body))]
        : 'path' in line
          ? [line.path, line.reason, String(line.status)]
          : [],
    journal.total,
  );
  // A batch shows its first events.
  return {
    ...found,
    items: found.items.map((line) => ({
      seq: line.seq,
      at: line.at,
      events: entries(line).slice(0, 5),
      size: sizeOf(line),
    })),
  };
}

function sizeOf(line: Sandbox['journal']['lines'][number]): number {
  return 'events' in line ? line.events.length : 0;
}

export function feedbackView(
  { account, callback }: Sandbox,
  query: string,
): View<object> & { readonly target: string | null } {
  const found = latest(account.feedback, query, ({ errorCode, mappingName, description, actionParams }) => [
    errorCode,
    mappingName,
    description,
    JSON.stringify(actionParams),
  ]);
  return { ...found, target: callback.target?.url ?? null };
}
