/** The codec server of Temporal's UI and CLI: they post payloads as protobuf's JSON and show what comes back. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Vault, vaultOf } from '../store/crypto/vault.ts';
import type { Store } from '../store/store.ts';
import { isLoopbackAddress } from '../system/loopback.ts';
import { encryptingCodec } from './payload-codec.ts';

export interface CodecAccess {
  /**
   * `FLOWS_CODEC_TOKEN`: what is sent as `Authorization: Bearer`, or stands in the address (`/codec/TOKEN/decode`), because
   * Temporal's UI can send no header of its own; null: this machine only
   */
  readonly token: string | null;
  /** `FLOWS_CODEC_ORIGINS`: where browsers may ask from, besides pages of this machine */
  readonly origins: readonly string[];
}

/** protobuf's JSON: bytes are base64 */
interface JsonPayload {
  readonly metadata?: { readonly [name: string]: string };
  readonly data?: string;
}

/** Told in the form of the ingest's errors (RFC 9457, CONTRACT.md §3), among whose routes these stand. */
const REFUSALS = {
  malformed_body: { status: 400, title: 'The body cannot be read' },
  unauthenticated: { status: 401, title: 'The credentials are missing or wrong' },
  forbidden: { status: 403, title: 'Who asks is not answered here' },
} as const;

class Refused extends Error {
  readonly code: keyof typeof REFUSALS;
  constructor(code: keyof typeof REFUSALS, detail: string) {
    super(detail);
    this.code = code;
  }
}

const ROUTES = [
  ['encode', '/codec/encode'],
  ['decode', '/codec/decode'],
  ['encode', '/codec/:token/encode'],
  ['decode', '/codec/:token/decode'],
] as const;

/**
 * Adds `POST /codec/decode` and `/codec/encode`. Whoever may decode sees personal data: without a token only this machine
 * is answered, and browsers from pages of known origins only. Without a key payloads come back as they are.
 */
export function addCodecRoutes(app: FastifyInstance, store: Store, access: CodecAccess): void {
  const vault = vaultOf(store.db);
  const codec = vault === null ? null : encryptingCodec(afresh(vault), 'tell');
  for (const [way, url] of ROUTES) {
    app.options(url, (request, reply) => {
      const origin = allowedOrigin(request, access);
      if (origin === null) return reply.code(403).send();
      return reply
        .headers(cors(origin))
        .header('access-control-allow-methods', 'POST')
        .header('access-control-allow-headers', 'authorization, content-type, x-namespace')
        .header('access-control-max-age', '600')
        .code(204)
        .send();
    });
    app.post(url, async (request, reply) => {
      try {
        const origin = checkCaller(request, access);
        if (origin !== undefined) reply.headers(cors(origin));
        const payloads = readPayloads(request.body as Buffer | undefined);
        const done = codec === null ? payloads : await codec[way](payloads);
        return reply.type('application/json').send(JSON.stringify({ payloads: done.map(written) }));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return refuse(reply, error);
      }
    });
  }
}

/** Whoever looks sees nothing of somebody who was erased a moment ago by another process, though their key is still in our memory. */
function afresh(vault: Vault): Vault {
  const { keys } = vault;
  const find: typeof keys.find = (ids) => {
    keys.forget(ids);
    return keys.find(ids);
  };
  return { ...vault, keys: { ...keys, find } };
}

function refuse(reply: FastifyReply, { code, message: detail }: Refused): FastifyReply {
  const { status, title } = REFUSALS[code];
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const errors = code === 'malformed_body' ? [{ pointer: null, detail }] : [];
  const problem = { type: `urn:mapp-flows:problem:${code}`, title, status, detail, code, errors };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Answers the origin to allow; undefined: no browser asks. */
function checkCaller(request: FastifyRequest, access: CodecAccess): string | undefined {
  if (access.token !== null) {
    const { token } = request.params as { token?: string };
    const given = token ?? /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!timingSafeEqual(digest(given), digest(access.token))) {
      throw new Refused(
        'unauthenticated',
        'send FLOWS_CODEC_TOKEN as Authorization: Bearer, or in the address: /codec/TOKEN/decode',
      );
    }
  } else if (!isLoopbackAddress(request.socket.remoteAddress)) {
    throw new Refused('forbidden', 'without FLOWS_CODEC_TOKEN only this machine is answered');
  }
  if (request.headers.origin === undefined) return undefined;
  const origin = allowedOrigin(request, access);
  if (origin === null) throw new Refused('forbidden', 'this origin is not in FLOWS_CODEC_ORIGINS');
  return origin;
}

function allowedOrigin(request: FastifyRequest, { origins }: CodecAccess): string | null {
  const { origin } = request.headers;
  if (origin === undefined) return null;
  if (origins.includes(origin)) return origin;
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin) ? origin : null;
}

function cors(origin: string): { readonly [header: string]: string } {
  return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'origin' };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Protobuf's JSON leaves an empty list out: so the CLI asks for the details of a run that was ended without any. */
function readPayloads(body: Buffer | undefined): Payload[] {
  const value = readJson(body);
  const isMessage = typeof value === 'object' && value !== null && !Array.isArray(value);
  const payloads = isMessage ? ((value as { readonly payloads?: unknown }).payloads ?? []) : null;
  if (!Array.isArray(payloads)) throw new Refused('malformed_body', 'the body must be { "payloads": […] }');
  return payloads.map((payload: JsonPayload | null) => ({
    metadata: Object.fromEntries(
      Object.entries(payload?.metadata ?? {}).map(([name, text]) => [name, Buffer.from(String(text), 'base64')]),
    ),
    data: Buffer.from(String(payload?.data ?? ''), 'base64'),
  }));
}

function readJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse((body ?? Buffer.alloc(0)).toString());
  } catch {
    throw new Refused('malformed_body', 'the body is not JSON');
  }
}

function written({ metadata, data }: Payload): JsonPayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    ),
    data: Buffer.from(data ?? new Uint8Array()).toString('base64'),
  };
}
