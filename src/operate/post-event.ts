import { request } from 'undici';
import type { Json } from '../plan/json.ts';
import { SetupError } from '../system/setup-error.ts';

/** Where the own API listens, and what it asks for. */
export interface IngestTarget {
  /** base URL, without a slash at the end */
  readonly url: string;
  /** null: it takes events without one (`dev`) */
  readonly token: string | null;
}

/** One event of the own API (CONTRACT.md §3). */
export interface ApiEvent {
  readonly event: string;
  readonly id?: string;
  readonly contact: { readonly [kind: string]: string };
  readonly data?: { readonly [field: string]: Json };
  /** only with `manual` */
  readonly flow?: string;
}

export type IngestAnswer =
  /** it is durable, or was already */
  | { readonly taken: true; readonly body: { readonly accepted: number; readonly duplicates: number } }
  /** `application/problem+json` */
  | { readonly taken: false; readonly problem: Problem };

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly pointer: string | null; readonly detail: string }[];
}

/** Long enough for a busy store; the event may be sent again, as its id makes it idempotent. */
const TIMEOUT_MS = 30_000;

/** Throws SetupError when nobody answers at the target, or it is no ingest of ours. */
export async function postEvent(target: IngestTarget, event: ApiEvent): Promise<IngestAnswer> {
  const { status, text } = await post(target, JSON.stringify(event));
  const body = readObject(text);
  if (status === 202 && body !== null) return { taken: true, body: body as { accepted: number; duplicates: number } };
  if (body !== null && typeof body.title === 'string') return { taken: false, problem: body as unknown as Problem };
  throw new SetupError(
    `${target.url} answered ${status} with something that is no answer of an ingest: correct FLOWS_HOST and FLOWS_PORT.`,
  );
}

async function post(target: IngestTarget, body: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await request(`${target.url}/v1/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(target.token === null ? {} : { authorization: `Bearer ${target.token}` }),
      },
      body,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    throw new SetupError(
      `no ingest answers at ${target.url} (${reasonOf(error)}): start \`flows dev\`, \`flows serve\` or \`flows up\`, or correct FLOWS_HOST and FLOWS_PORT.`,
    );
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

function readObject(text: string): { readonly [key: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
