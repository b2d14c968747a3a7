import { parse } from 'lossless-json';
import type { Dispatcher } from 'undici';
import type { JsonObject } from '../plan/json.ts';
import type { Channel } from '../plan/project.ts';
import type { Spellings, Subtype } from '../plan/subtypes.ts';
import { SetupError } from '../system/setup-error.ts';
import { CALL_TIMEOUT_MS, callApi, mappAgent, quote } from './api-call.ts';
import { connectBase } from './base-url.ts';
import { MappError } from './errors.ts';
import type { Answer } from './exchange.ts';
import { type ExpUnit, requestHash, signToken, TOKEN_LIFETIME_MS } from './token.ts';

export interface ConnectSettings {
  /** with or without `/charon`, `/charon/api/v1` (`connectBase`) */
  readonly url: string;
  readonly integrationId: string;
  readonly secret: string;
  readonly expUnit: ExpUnit;
  /** how the integration spells subtypes, where it does so in another way */
  readonly subtypes?: Spellings;
  /** for one call in all, connecting included; 10 s */
  readonly timeoutMs?: number;
}

/** Ids (texts: they are 64 bits wide) to names. */
export interface NamesById {
  readonly [id: string]: string;
}

/** Client of one Mapp Connect integration. Every method throws `MappError` and nothing else; none repeats a call. */
export class ConnectClient {
  readonly #origin: string;
  readonly #path: string;
  readonly #secret: string;
  readonly #expUnit: ExpUnit;
  readonly #subtypes: Spellings;
  readonly #timeoutMs: number;
  readonly #agent: Dispatcher;
  #closed: Promise<void> | null = null;

  constructor(settings: ConnectSettings) {
    if (!/^[A-Za-z0-9._-]+$/.test(settings.integrationId)) {
      throw new SetupError(
        `MAPP_CONNECT_ID is ${JSON.stringify(settings.integrationId)}; expected the integration's id, a UUID`,
      );
    }
    if (settings.secret === '') throw new SetupError("MAPP_CONNECT_SECRET is empty; expected the integration's secret");
    const base = connectBase(settings.url);
    this.#origin = base.origin;
    this.#path = `${base.path}/integration/${settings.integrationId}`;
    this.#secret = settings.secret;
    this.#expUnit = settings.expUnit;
    this.#subtypes = settings.subtypes ?? {};
    this.#timeoutMs = settings.timeoutMs ?? CALL_TIMEOUT_MS;
    this.#agent = mappAgent();
  }

  /** Tests address and credentials. A 200 with `pong: false` means wrong credentials, as Mapp's shop plugins read it. */
  async ping(): Promise<{ readonly integrationId: string | null; readonly timestamp: number | null }> {
    const answer = await this.#get('ping');
    if (answer.pong !== true) {
      throw new MappError(
        'unauthorized',
        'Mapp Connect GET /ping answered 200 without "pong": true: the credentials are wrong',
        {
          status: 200,
        },
      );
    }
    return {
      integrationId: typeof answer.integrationId === 'string' ? answer.integrationId : null,
      timestamp: answer.timestamp === undefined ? null : Number(answer.timestamp),
    };
  }

  async groups(): Promise<NamesById> {
    return names(await this.#get('group'));
  }

  /** Prepared messages of a channel. */
  async messages(channel: Channel): Promise<NamesById> {
    return names(await this.#get(channel === 'email' ? 'message' : `message/${channel}`));
  }

  /** Mobile apps. */
  async apps(): Promise<NamesById> {
    return names(await this.#get('mobile-app'));
  }

  /** Marks the integration as connected; not needed before anything else. */
  async connect(): Promise<void> {
    await this.#call('POST', 'connect', '', {});
  }

  /** One event; `subtype` by its default name. Ends when Mapp has queued it: that says nothing about contact, message or mapping. */
  async event(subtype: string, body: JsonObject): Promise<void> {
    await this.#call('POST', 'event', this.#query(subtype), body);
  }

  /** At most 1,000 events of one subtype in one call; Mapp takes all or, with 400, none. */
  async batch(subtype: string, bodies: readonly JsonObject[]): Promise<void> {
    await this.#call('POST', 'event/batch', this.#query(subtype), bodies);
  }

  /** Ends when calls in flight are done. */
  close(): Promise<void> {
    this.#closed ??= this.#agent.close();
    return this.#closed;
  }

  async #get(operation: string): Promise<{ readonly [key: string]: unknown }> {
    const answer = await this.#call('GET', operation, '', null);
    const unreadable = (cause?: unknown) =>
      new MappError(
        'unexpected',
        `Mapp Connect GET /${operation} answered ${answer.status} with no JSON object: ${quote(answer, this.#secret)}`,
        {
          status: answer.status,
          cause,
        },
      );
    let value: unknown;
    try {
      value = parse(answer.body.toString(), null, (digits) => digits);
    } catch (error) {
      throw unreadable(error);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable();
    return { ...value };
  }

  async #call(
    method: 'GET' | 'POST',
    operation: string,
    query: string,
    body: JsonObject | readonly JsonObject[] | null,
  ): Promise<Answer> {
    const bytes = body === null ? null : Buffer.from(JSON.stringify(body)); // once: what is hashed is what is sent
    const path = `${this.#path}/${operation}`;
    const hash = requestHash(path, bytes ?? '', query);
    return callApi({
      agent: this.#agent,
      request: {
        origin: this.#origin,
        path: query === '' ? path : `${path}?${query}`,
        method,
        headers: {
          'auth-token': signToken(hash, this.#secret, Date.now() + TOKEN_LIFETIME_MS, this.#expUnit),
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: bytes,
      },
      timeoutMs: this.#timeoutMs,
      call: `Mapp Connect ${method} /${operation}${query === '' ? '' : `?${query}`}`,
      secret: this.#secret,
      // A success needs nothing but its status for an event; a list needs all of its body.
      bodyless: method === 'POST',
    });
  }

  #query(subtype: string): string {
    return `subtype=${encodeURIComponent(this.#subtypes[subtype as Subtype] ?? subtype)}`;
  }
}

function names(answer: { readonly [key: string]: unknown }): NamesById {
  return Object.fromEntries(Object.entries(answer).map(([id, name]) => [id, String(name)]));
}
