/** The client that `flows types` writes for producers in TypeScript. */
import { CONSENT_WORDS } from '../plan/consent.ts';
import type { EventShapes, Field, FieldType } from '../plan/event.ts';
import { RESERVED_EVENTS } from '../plan/reserved-events.ts';

/** Reserved events that producers tell of, with the fields the language gives them. */
const PRODUCERS_OWN = ['purchase'] as const;

/** One file without dependencies: the types of the catalogue's events, and a client that sends them. */
export function typescriptClient(project: string, declared: EventShapes): string {
  const reserved = PRODUCERS_OWN.map(
    (name) => [name, { ...RESERVED_EVENTS[name]!.fields, ...declared[name] }] as const,
  );
  const events: EventShapes = { ...declared, ...Object.fromEntries(reserved) };
  return [
    // Promise, whatever the project's target is.
    '/// <reference lib="es2020" />',
    `// Made by \`flows types\` from mapp.yaml of ${JSON.stringify(project)}: do not edit, make it anew.`,
    '',
    '/** The fields of each event of the catalogue. */',
    'export interface Events {',
    ...Object.entries(events).map(([name, fields]) => `  ${JSON.stringify(name)}: ${fieldsType(fields, '  ')};`),
    '}',
    '',
    CLIENT,
  ].join('\n');
}

function fieldsType(fields: { readonly [name: string]: Field }, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(fields).map(([name, { type, optional }]) => {
    const value = typeText(type, inner);
    return `${inner}${JSON.stringify(name)}${optional ? '?' : ''}: ${optional ? `${value} | null` : value};`;
  });
  return lines.length === 0 ? '{ [field: string]: Json }' : `{\n${lines.join('\n')}\n${indent}}`;
}

const SCALARS: { readonly [T in Extract<FieldType, string>]: string } = {
  string: 'string',
  int: 'number',
  double: 'number',
  bool: 'boolean',
  date: 'Day',
  timestamp: 'Moment',
  any: 'Json',
};

function typeText(type: FieldType, indent: string): string {
  if (typeof type === 'string') return SCALARS[type];
  return 'list' in type ? `readonly (${typeText(type.list, indent)})[]` : fieldsType(type.fields, indent);
}

const CLIENT = `export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** \`2026-03-27\` */
export type Day = string;
/** RFC 3339 with an offset, such as \`2026-03-27T10:00:00Z\`, or a Date. */
export type Moment = string | Date;

/** Who it happened to: at least one identifier. */
export interface Contact {
  readonly email?: string;
  readonly mobile?: string;
  readonly external_id?: string;
  readonly mapp_id?: string;
  /** IANA, such as \`Europe/Berlin\` */
  readonly timezone?: string;
  /** what you know of the contact; null takes one away */
  readonly attributes?: { readonly [name: string]: Json };
}

export type Consent = ${CONSENT_WORDS.map((word) => `'${word}'`).join(' | ')};

export interface EventOf<Name extends keyof Events> {
  readonly event: Name;
  readonly contact: Contact;
  readonly data: Events[Name];
  /** the same id is taken once; without one, \`send\` makes one, so that its own repetitions count once */
  readonly id?: string;
  /** when it happened; without it: now */
  readonly time?: Moment;
  /** whether messages may go to the contact, by channel */
  readonly consent?: { readonly email?: Consent; readonly sms?: Consent; readonly push?: Consent };
}

/** Starts a flow that takes \`manual\`. */
export interface ManualStart {
  readonly event: 'manual';
  readonly flow: string;
  readonly contact: Contact;
  readonly data?: { readonly [field: string]: Json };
  readonly id?: string;
  readonly time?: Moment;
}

export type Event = { readonly [Name in keyof Events]: EventOf<Name> }[keyof Events] | ManualStart;

export interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejected[];
}

export interface Rejected {
  /** place in the array that was sent */
  readonly index: number;
  readonly code: string;
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Refused (\`status\` below 500): nothing of the events was taken. Without an answer, or 500 and more, they may have been:
 * sent again with the same ids they are counted once.
 */
export class FlowsError extends Error {
  /** HTTP status; null: no answer */
  readonly status: number | null;
  /** such as \`invalid_event\`; null: the answer is none of the ingest's */
  readonly code: string | null;
  readonly errors: readonly { readonly pointer: string | null; readonly detail: string }[];

  constructor(message: string, status: number | null, code: string | null = null, errors: FlowsError['errors'] = []) {
    super(message);
    this.name = 'FlowsError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

export interface ClientOptions {
  /** base URL of the ingest, such as \`https://flows.example.com\` */
  readonly url: string;
  /** of the source of type \`api\`; \`flows dev\` needs none */
  readonly token?: string;
  /** how often a call is made where the ingest is away or busy; default: 4 */
  readonly attempts?: number;
}

// What the client takes from where it runs (Node 18 and later, browsers, workers), whatever types the project has of these.
declare function fetch(
  url: string,
  init: { readonly method: string; readonly headers: { readonly [name: string]: string }; readonly body: string },
): Promise<{ readonly status: number; readonly headers: { get(name: string): string | null }; text(): Promise<string> }>;
declare function setTimeout(done: () => void, milliseconds: number): unknown;
declare const crypto: { randomUUID(): string };

/** Sends events: one, or up to 1,000 in an array. */
export function createClient({ url, token, attempts = 4 }: ClientOptions): { send(events: Event | readonly Event[]): Promise<Answer> } {
  const address = url.replace(/\\/+$/, '') + '/v1/events';
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: 'Bearer ' + token }) };

  async function call(body: string): Promise<Answer | { readonly again: FlowsError; readonly seconds: number }> {
    let status: number;
    let wait: string | null;
    let text: string;
    try {
      const response = await fetch(address, { method: 'POST', headers, body });
      status = response.status;
      wait = response.headers.get('retry-after');
      text = await response.text();
    } catch (error) {
      return { again: new FlowsError('no answer from ' + address + ': ' + String(error), null), seconds: 1 };
    }
    let answer: any = null;
    try {
      answer = JSON.parse(text);
    } catch {}
    if (status === 202 && answer !== null) return answer as Answer;
    const detail = String(answer?.detail ?? 'the ingest answered ' + status);
    const problem = new FlowsError(detail, status, answer?.code ?? null, answer?.errors ?? []);
    if (status !== 408 && status !== 429 && status < 500) throw problem;
    return { again: problem, seconds: Number(wait ?? 1) || 1 };
  }

  return {
    async send(events) {
      const named = (event: Event) => ({ ...event, id: event.id ?? crypto.randomUUID() });
      const body = JSON.stringify(Array.isArray(events) ? events.map(named) : named(events as Event));
      for (let attempt = 1; ; attempt++) {
        const answer = await call(body);
        if (!('again' in answer)) return answer;
        if (attempt >= attempts) throw answer.again;
        await new Promise<void>((resolve) => setTimeout(() => resolve(), answer.seconds * 1000));
      }
    },
  };
}
`;
