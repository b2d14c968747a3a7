/** The files of `flows simulate`: events as for `POST /v1/events`, a contact. Each mistake is a CliError that names its place. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { nearest } from '../diagnostics/nearest.ts';
import { Problem } from '../ingest/problem.ts';
import { api } from '../ingest/sources/api.ts';
import { type CanonicalEvent, type Contact, IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import type { Project } from '../plan/project.ts';
import type { CaseContact, CaseEvent } from '../plan/test-case.ts';
import { type Cli, CliError } from './cli.ts';

/** The event of `--event`: it happens and is received at `at` (ms), whatever time it names; else at its own time, else now. */
export function startingEvent(cli: Cli, file: string, at: number | null, contact: Contact): CanonicalEvent {
  const body = readJson(cli, '--event', file);
  if (Array.isArray(body))
    throw new CliError(`${file} holds a list; --event takes one event, --events takes those that follow`);
  const own = readEvent('--event', file, body, END_OF_TIME, contact);
  const timed = (body as JsonObject).time != null;
  const received = at ?? (timed ? Date.parse(own.time) : Date.now());
  return {
    ...readEvent('--event', file, body, received, contact),
    ...(at !== null && { time: new Date(at).toISOString() }),
  };
}

/** The events of `--events`, each received when it happens. */
export function laterEvents(cli: Cli, file: string, contact: Contact): CaseEvent[] {
  const body = readJson(cli, '--events', file);
  const list = Array.isArray(body) ? (body as readonly Json[]) : [body];
  const without = list.findIndex((item) => (item as JsonObject | null)?.time == null);
  if (without !== -1) throw new CliError(`${file}: event ${without + 1} has no "time": when does it happen?`);
  return list.map((item, at) => {
    const event = readEvent('--events', file, item, END_OF_TIME, contact);
    for (const kind of IDENTIFIER_KINDS) {
      const [theirs, ours] = [event.contact[kind], contact[kind]];
      if (theirs === undefined || ours === undefined || theirs === ours) continue;
      throw new CliError(`${file}: event ${at + 1} is about another contact: its ${kind} is not the one of the run`);
    }
    return { ...caseEvent(event), at: Date.parse(event.time) };
  });
}

export function caseEvent({ name, id, time, received, data }: CanonicalEvent): CaseEvent {
  return { at: Date.parse(received), event: name, id, time, data };
}

/** Later than any event: the ingest takes a time in the future for now. */
const END_OF_TIME = Date.UTC(9999, 11, 31);

/** An event that names nobody is about `contact`. */
function readEvent(option: string, file: string, body: Json, received: number, contact: Contact): CanonicalEvent {
  const known = Object.keys(contact).length > 0 ? contact : SOMEBODY;
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const named = isObject && !('contact' in body) ? { ...body, contact: known } : body;
  try {
    return api.parse({ source: 'api', headers: {}, body: named, received: new Date(received) }).events[0]!;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const details = error.errors.map(({ pointer, detail }) => `${pointer || '/'}: ${detail}`);
    throw new CliError(`${option} ${file} holds no event that could be taken:\n${details.join('\n')}`);
  }
}

const SOMEBODY: Contact = { email: 'somebody@example.com' };

export const NOBODY: Omit<CaseContact, 'history'> = { identifiers: {}, timezone: null, attributes: {}, groups: [] };

const text = z.string({ error: 'must be a text' });
const channels = z.array(z.enum(['email', 'sms', 'push']), { error: 'must be a list of email, sms, push' }).optional();
const contactSchema = z.strictObject(
  {
    email: text.optional(),
    mobile: text.optional(),
    external_id: text.optional(),
    mapp_id: text.optional(),
    timezone: text.refine(isZone, 'must be an IANA time zone such as "Europe/Berlin"').optional(),
    attributes: z.record(z.string(), z.json(), { error: 'must be an object' }).optional(),
    groups: z.array(text, { error: 'must be a list of group names' }).optional(),
    unsubscribed: channels,
    blocked: channels,
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys) : 'must be an object') },
);

function unknownKeys(keys: readonly string[]): string {
  const known = Object.keys(contactSchema.shape);
  const near = keys.map((key) => nearest(key, known)).find((name) => name !== undefined);
  return `unknown key ${keys.join(', ')}: known are ${known.join(', ')}${near === undefined ? '' : `. Did you mean ${near}?`}`;
}

/** The contact of `--contact`. */
export function contactFile(cli: Cli, file: string, project: Project): Omit<CaseContact, 'history'> {
  const read = contactSchema.safeParse(readJson(cli, '--contact', file));
  if (!read.success) {
    const details = read.error.issues.map(({ path, message }) => `${['', ...path].join('/') || '/'}: ${message}`);
    throw new CliError(`--contact ${file} is no contact:\n${details.join('\n')}`);
  }
  const { timezone = null, attributes = {}, groups = [], unsubscribed = [], blocked = [], ...identifiers } = read.data;
  const ids = groups.map((name) => {
    if (project.groups === null) return name;
    if (Object.hasOwn(project.groups, name)) return project.groups[name]!;
    throw new CliError(`--contact ${file}: the catalogue has no group "${name}"`);
  });
  return {
    identifiers: identifiers as Contact,
    timezone,
    attributes: attributes as JsonObject,
    groups: ids,
    unsubscribed,
    blocked,
  };
}

function readJson(cli: Cli, option: string, file: string): Json {
  let content: string;
  try {
    content = readFileSync(resolve(cli.cwd, file), 'utf8');
  } catch (error) {
    throw new CliError(`${option}: ${file} cannot be read (${(error as Error).message})`);
  }
  try {
    return JSON.parse(content.replace(/^\uFEFF/, '')) as Json;
  } catch (error) {
    throw new CliError(`${option}: ${file} is no JSON (${(error as Error).message})`);
  }
}
