import type { FastifyInstance } from 'fastify';
import type { Sandbox } from '../connect-routes.ts';
import { Refusal } from '../refusal.ts';
import { HTML } from './html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { contactPage, contactsView, feedbackView, groupsList, journalView, messagesView } from './views.ts';

/** How often a page that looks on is told of changes, at most. */
const TELL_EVERY_MS = 250;
/** Nothing from elsewhere, nothing inline: a message's parameter can never become a script. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Query = { Querystring: { q?: string; id?: string; group?: string } };

/** The inbox page at `/`, what it is made of, and what it shows, under `/inbox`. */
export function pageRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const serve = (url: string, type: string, content: string) =>
    app.get(url, (_request, reply) => {
      reply.headers({
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-cache',
      });
      return reply.send(content);
    });
  serve('/', 'text/html', HTML);
  serve('/inbox/page.css', 'text/css', STYLE);
  serve('/inbox/page.js', 'text/javascript', SCRIPT);

  app.get<Query>('/inbox/messages', ({ query }) => messagesView(sandbox, query.q ?? ''));
  app.get<Query>('/inbox/contacts', ({ query }) => contactsView(sandbox, query.q ?? '', query.group ?? ''));
  app.get<Query>('/inbox/contact', ({ query }) => {
    const found = contactPage(sandbox, query.id ?? '');
    if (found === null) throw new Refusal(404, 'NOT_FOUND', `there is no contact "${query.id ?? ''}"`);
    return found;
  });
  app.get<Query>('/inbox/groups', ({ query }) => groupsList(sandbox, query.q ?? ''));
  app.get<Query>('/inbox/journal', ({ query }) => journalView(sandbox, query.q ?? ''));
  app.get<Query>('/inbox/feedback', ({ query }) => feedbackView(sandbox, query.q ?? ''));

  /** Server-sent events: one for each time that something has changed. */
  app.get('/inbox/changes', (_request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    let told = '';
    const tell = () => {
      const now = `${sandbox.account.version}.${sandbox.journal.total}`;
      if (now !== told) raw.write(`data: ${now}\n\n`);
      told = now;
    };
    tell();
    const timer = setInterval(tell, TELL_EVERY_MS);
    const end = () => {
      clearInterval(timer);
      raw.end();
    };
    raw.on('close', end);
    sandbox.closing.addEventListener('abort', end, { once: true });
  });
}
