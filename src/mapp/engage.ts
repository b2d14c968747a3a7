import type { Dispatcher } from 'undici';
import type { IdentifierKind } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { SetupError } from '../system/setup-error.ts';
import { CALL_TIMEOUT_MS, callApi, mappAgent, quote } from './api-call.ts';
import { engageBase } from './base-url.ts';
import {
  type EngageContact,
  type EngageUser,
  type HistoryRow,
  historyRow,
  type Membership,
  membership,
  type NameValues,
  nameValues,
  readContact,
  readUser,
} from './engage-answers.ts';
import { engageFailure, NO_SUCH_OBJECT } from './engage-errors.ts';
import { ENGAGE, type EngagePath } from './engage-operations.ts';
import { isMappError, MappError } from './errors.ts';
import { exactJson } from './exact-json.ts';
import { fieldsOf } from './fields.ts';

export interface EngageSettings {
  /** with or without `/api/rest`, `/api/rest/v19` (`engageBase`) */
  readonly url: string;
  /** of type API or Hybrid */
  readonly user: string;
  readonly password: string;
  /** for one call in all, connecting included; 10 s */
  readonly timeoutMs?: number;
}

/** `OPT_IN`: silent; `CONFIRMED_OPT_IN`: with a mail; `DOUBLE_OPT_IN`: an invitation that must be accepted. */
export type SubscriptionMode = 'OPT_IN' | 'CONFIRMED_OPT_IN' | 'DOUBLE_OPT_IN';

/** What names a contact to Engage. */
export interface EngageIdentifier {
  readonly kind: IdentifierKind;
  readonly value: string;
}

const CONTACT_TYPES = { mapp_id: 'ID', email: 'EMAIL', mobile: 'MOBILE', external_id: 'EXTERNAL' } as const;
const USER_PATHS = {
  mapp_id: ['user/get', 'userId'],
  email: ['user/getByEmail', 'email'],
  mobile: ['user/getByMobileNumber', 'mobileNumber'],
  external_id: ['user/getByIdentifier', 'identifier'],
} as const;

/**
 * Client of Mapp Engage REST. Ids are texts: they are 64 bits wide. Every method throws `MappError` and nothing else;
 * none repeats a call. What does not exist, for which Engage answers 400, is null where it was asked for.
 */
export class EngageClient {
  readonly #origin: string;
  readonly #path: string;
  readonly #password: string;
  readonly #authorization: string;
  readonly #timeoutMs: number;
  readonly #agent: Dispatcher;
  #closed: Promise<void> | null = null;

  constructor(settings: EngageSettings) {
    if (settings.user === '' || settings.user.includes(':'))
      throw new SetupError('MAPP_ENGAGE_USER is empty or holds a ":"; expected the e-mail address of the API user');
    if (settings.password === '')
      throw new SetupError("MAPP_ENGAGE_PASSWORD is empty; expected the API user's password");
    const base = engageBase(settings.url);
    this.#origin = base.origin;
    this.#path = base.path;
    this.#password = settings.password;
    this.#authorization = `Basic ${Buffer.from(`${settings.user}:${settings.password}`).toString('base64')}`;
    this.#timeoutMs = settings.timeoutMs ?? CALL_TIMEOUT_MS;
    this.#agent = mappAgent();
  }

  /** Tests address and credentials. */
  async apiVersion(): Promise<string> {
    const value = await this.#call('system/getApiVersion', {});
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  /** A contact with all attributes that have a value; null: there is none. */
  async contact({ kind, value }: EngageIdentifier): Promise<EngageContact | null> {
    const body = { type: CONTACT_TYPES[kind], value: spelled({ kind, value }) };
    const found = await orNull(this.#call('contact/get', {}, body));
    return found === null ? null : this.#read('contact/get', found, readContact);
  }

  /** The older twin of `contact`, without attributes. Of several holders of an external id: the last one assigned. */
  async user({ kind, value }: EngageIdentifier): Promise<EngageUser | null> {
    const [path, parameter] = USER_PATHS[kind];
    const found = await orNull(this.#call(path, { [parameter]: spelled({ kind, value }) }));
    return found === null ? null : this.#read(path, found, readUser);
  }

  /** Only attributes that have a value. Null: no such contact. */
  async profile(userId: string): Promise<NameValues | null> {
    const found = await orNull(this.#call('user/getProfile', { userId }));
    return found === null ? null : this.#read('user/getProfile', found, nameValues);
  }

  async memberships(userId: string): Promise<readonly Membership[]> {
    const found = await orNull(this.#call('membership/findAll', { userId }));
    return found === null ? [] : this.#list('membership/findAll', found, membership);
  }

  /** Null: not a member. */
  async membership(userId: string, groupId: string): Promise<Membership | null> {
    const found = await orNull(this.#call('membership/get', { userId, groupId }));
    return found === null ? null : this.#read('membership/get', found, membership);
  }

  /** Null: not a member. */
  async memberAttributes(userId: string, groupId: string): Promise<NameValues | null> {
    const found = await orNull(this.#call('membership/getAttributes', { userId, groupId }));
    return found === null ? null : this.#read('membership/getAttributes', found, nameValues);
  }

  /** What was sent to the contact, at most 31 days and 5,000 messages. `from`, `to`: ms since the epoch. */
  async messageHistory(userId: string, from: number, to: number): Promise<readonly HistoryRow[]> {
    const iso = (moment: number) => new Date(moment).toISOString();
    const found = await this.#call('user/getMessageHistory', { userId, fromDate: iso(from), toDate: iso(to) });
    return found === null ? [] : this.#list('user/getMessageHistory', found, historyRow);
  }

  /** What is not named stays; null erases. */
  async updateProfile(userId: string, set: JsonObject): Promise<void> {
    await this.#call('user/updateProfile', { userId }, attributes(set));
  }

  /** Missing ones are made. The contact must be a member. */
  async updateMemberAttributes(userId: string, groupId: string, set: JsonObject): Promise<void> {
    await this.#call('membership/updateAttributes', { userId, groupId }, attributes(set));
  }

  async subscribe(userId: string, groupId: string, subscriptionMode: SubscriptionMode): Promise<void> {
    await this.#call('membership/subscribe', { userId, groupId, subscriptionMode });
  }

  async unsubscribe(
    userId: string,
    groupId: string,
    unsubscriptionMode: Exclude<SubscriptionMode, 'DOUBLE_OPT_IN'>,
  ): Promise<void> {
    await this.#call('membership/unsubscribe', { userId, groupId, unsubscriptionMode });
  }

  /**
   * Sends a prepared e-mail or SMS. Ends when Engage has taken it; there is no id to ask about it later. It makes the
   * recipient a member of the message's group.
   */
  async sendSingle(
    messageId: string,
    recipientId: string,
    parameters: JsonObject,
    externalTransactionFormula: string | null = null,
  ): Promise<void> {
    const body = { parameters: parameterList(parameters), attachments: [] };
    if (externalTransactionFormula === null) await this.#call('message/sendSingle', { messageId, recipientId }, body);
    else await this.#call('message/sendTransactional', { messageId, externalTransactionFormula, recipientId }, body);
  }

  /** Ends when calls in flight are done. */
  close(): Promise<void> {
    this.#closed ??= this.#agent.close();
    return this.#closed;
  }

  /** The body of the answer; null where there is none (204). */
  async #call(path: EngagePath, query: { readonly [name: string]: string }, body: Json = null): Promise<Json> {
    const { method, query: names } = ENGAGE[path];
    const search = names.map((name) => `${name}=${encodeURIComponent(query[name]!)}`).join('&');
    const call = `Mapp Engage ${method} /${path}`; // without its query, which holds the contact
    const answer = await callApi({
      agent: this.#agent,
      request: {
        origin: this.#origin,
        path: `${this.#path}/${path}${search === '' ? '' : `?${search}`}`,
        method,
        headers: {
          authorization: this.#authorization,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: body === null ? null : Buffer.from(JSON.stringify(body)),
      },
      timeoutMs: this.#timeoutMs,
      call,
      secret: this.#password,
      bodyless: method === 'POST' && path !== 'contact/get',
      failureOf: engageFailure,
    });
    const text = answer.body.toString();
    if (answer.status === 204 || text.trim() === '') return null;
    try {
      return exactJson(text);
    } catch (cause) {
      if (path === 'system/getApiVersion') return text; // documented as a plain string
      if (method === 'POST' && path !== 'contact/get') return null;
      throw new MappError(
        'unexpected',
        `${call} answered ${answer.status} with no JSON: ${quote(answer, this.#password)}`,
        {
          status: answer.status,
          cause,
        },
      );
    }
  }

  #read<T>(path: EngagePath, value: Json, read: (value: Json) => T | null): T {
    const found = read(value);
    if (found !== null) return found;
    throw new MappError('unexpected', `Mapp Engage /${path} answered something else than documented`, { status: 200 });
  }

  #list<T>(path: EngagePath, value: Json, read: (value: Json) => T | null): readonly T[] {
    return this.#read(path, value, (all) => (Array.isArray(all) ? all : null)).map((one) =>
      this.#read(path, one, read),
    );
  }
}

/** 400 `NO_SUCH_OBJECT` becomes null. */
async function orNull(call: Promise<Json>): Promise<Json> {
  try {
    return await call;
  } catch (error) {
    if (isMappError(error) && error.code === NO_SUCH_OBJECT) return null;
    throw error;
  }
}

/** Engage's samples write mobile numbers in digits alone; an address is sent as it is. */
function spelled({ kind, value }: EngageIdentifier): string {
  return kind === 'mobile' ? value.replace(/\D/g, '').replace(/^00/, '') : value.trim();
}

/** Texts, or null, which erases. */
function attributes(set: JsonObject): Json {
  return Object.entries(set).flatMap(([name, value]): JsonObject[] =>
    value === null ? [{ name, value }] : parameterList({ [name]: value }),
  );
}

function parameterList(parameters: JsonObject): JsonObject[] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    fieldsOf(name, value).map(([field, text]) => ({ name: field, value: text })),
  );
}
