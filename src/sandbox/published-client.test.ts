/**
 * A client that knows nothing of this project: node:http and node:crypto, written from the description of Mapp's published
 * clients alone (how they sign, which header and body they send, which answers they read).
 */
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import { credentials, sandbox } from '../../test/support/sandbox.ts';

interface Style {
  /** what the base ends in; `integration/…` or `/api/v1/integration/…` is put behind it */
  readonly base: string;
  readonly header: object;
  readonly claims: (hash: string, now: number) => object;
  readonly encode: (bytes: Buffer) => string;
  readonly headerName: string;
  readonly contentType: string | null;
}

const url = (bytes: Buffer) => bytes.toString('base64url');
/** Only the first `+` and `/` are replaced, and `=` at the end goes. */
const halfUrl = (bytes: Buffer) => bytes.toString('base64').replace('+', '-').replace('/', '_').replace(/=+$/, '');

/** The five published clients, as their sources and the documentation tell them. */
const STYLES: { readonly [client: string]: Style } = {
  php: {
    base: '/charon/api/v1/',
    header: { typ: 'JWT', alg: 'HS256' },
    claims: (hash, now) => ({ 'request-hash': hash, exp: Math.floor(now / 1000) + 3600 }),
    encode: url,
    headerName: 'auth-token',
    contentType: 'application/json',
  },
  javascript: {
    base: '/charon',
    header: { alg: 'HS256' },
    claims: (hash, now) => ({ 'request-hash': hash, exp: now + 600_000 }),
    encode: halfUrl,
    headerName: 'auth-token',
    contentType: 'application/json',
  },
  java: {
    base: '/charon',
    header: { alg: 'HS256' },
    claims: (hash) => ({ 'request-hash': hash }),
    encode: url,
    headerName: 'Auth-Token',
    contentType: 'text/plain; charset=ISO-8859-1',
  },
  salesforce: {
    base: '/api/v1',
    header: { alg: 'HS256' },
    claims: (hash, now) => {
      const iat = Math.floor(now / 1000) + 1;
      return { iat, exp: iat + 3000, 'request-hash': hash };
    },
    encode: (bytes) => bytes.toString('base64'),
    headerName: 'AUTH-TOKEN',
    contentType: null,
  },
};

let origin: string;
let tools: Awaited<ReturnType<typeof sandbox>>;
beforeEach(async () => {
  tools = await sandbox();
  origin = tools.url;
});

function caller(style: Style) {
  const base = style.base.replace(/\/$/, '');
  const before = base.endsWith('/api/v1') ? base : `${base}/api/v1`;
  return (method: string, operation: string, query = '', body = '') => {
    const path = `${before}/integration/${credentials.integrationId}/${operation}`;
    const signedPath = path.slice(path.indexOf('/api/v1'));
    const fingerprint = [signedPath, ...(body === '' ? [] : [body]), ...(query === '' ? [] : [query])].join('|');
    const hash = createHash('sha1').update(fingerprint, 'utf8').digest('hex');
    const segment = (value: object) => style.encode(Buffer.from(JSON.stringify(value)));
    const signed = `${segment(style.header)}.${segment(style.claims(hash, Date.now()))}`;
    const token = `${signed}.${style.encode(createHmac('sha256', credentials.secret).update(signed).digest())}`;
    return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const headers = {
        [style.headerName]: token,
        ...(style.contentType !== null && { 'Content-Type': style.contentType }),
      };
      const call = request(`${origin}${path}${query === '' ? '' : `?${query}`}`, { method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, body: JSON.parse(Buffer.concat(chunks).toString()) }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  };
}

describe.each(Object.entries(STYLES))('%s', (_name, style) => {
  test('every operation', async () => {
    const call = caller(style);
    const ok = (body: unknown) => ({ status: 200, body });
    expect(await call('GET', 'ping')).toMatchObject(
      ok({ pong: true, integrationId: credentials.integrationId, timestamp: expect.any(Number) }),
    );
    const connected = ok({ connectionStatus: 'CONNECTED', groupNamesAndIds: { customers: 10144 } });
    expect(await call('POST', 'connect', '', '{"params":{"website":"shop"}}')).toMatchObject(connected);
    expect(await call('GET', 'connect')).toMatchObject(connected);
    expect(await call('GET', 'group')).toEqual(ok({ '10144': 'customers' }));
    expect(await call('GET', 'message')).toEqual(ok({ '2324333335': 'welcome' }));
    expect(await call('GET', 'message/push')).toEqual(ok({ '7001': 'hello' }));
    expect(await call('GET', 'message/sms')).toEqual(ok({ '500002': 'shipped' }));
    expect(await call('GET', 'mobile-app')).toEqual(ok({ '31': 'shop' }));
    for (const [subtype, body] of EVENTS) {
      expect(await call('POST', 'event', `subtype=${subtype}`, body)).toEqual(ok({}));
      expect(await call('POST', 'event/batch', `subtype=${subtype}`, `[${body}]`)).toEqual(ok({}));
    }
    await tools.drain();
    expect(await tools.read('/feedback')).toEqual([]);
    const messages = await tools.read<{ message: string }[]>('/messages');
    expect(messages.map(({ message }) => message)).toEqual([
      ...['welcome', 'welcome', 'welcome', 'welcome', 'shipped', 'shipped', 'hello', 'hello', 'hello', 'hello'],
      ...['welcome', 'welcome'],
    ]);
  });
});

/** One of each subtype and form, as the documentation and the clients print them; PHP escapes slashes and letters. */
const EVENTS: readonly (readonly [subtype: string, body: string])[] = [
  ['user', '{"email":"zo\\u00eb@example.com","group":"10144","page":"https:\\/\\/shop.example\\/"}'],
  ['user', '{"email":"zoë@example.com","group":"10144","city":"Köln","skipUnsubscribers":true,"partialUpdate":"true"}'],
  ['user', '{"mobileNumber":"+491701234567","group":"10144","doubleOptIn":true}'],
  ['email', '{"email":"zoë@example.com","messageId":"2324333335","externalTransactionFormula":"t-1","coupon":"X"}'],
  ['email', '{"group":"10144","messageId":"2324333335"}'],
  ['sms', '{"recipientMobileNumber":"+491701234567","messageId":"500002","code":"1234"}'],
  ['push', '{"email":"zoë@example.com","pushMessageId":"7001","mobileAppId":"31"}'],
  ['webpush', '{"email":"zoë@example.com","pushMessageId":"7001"}'],
  [
    'transaction',
    '{"email":"zoë@example.com","orderId":"A-1","items":[{"sku":"S","price":"19.90"}],"messageId":"2324333335"}',
  ],
  ['transaction', '{"email":"zoë@example.com","orderId":"A-2"}'],
  ['transaction', '{"email":"zoë@example.com","orderId":"A-2","delete":"true"}'],
  ['product', '{"productSKU":"S","productName":"Lamp","productPrice":"19.90","productURL":"https://shop.example/p/1"}'],
  ['product', '{"productSKU":"S","delete":"true"}'],
  ['abandonedcart', '{"email":"zoë@example.com","sku":"S","createdAt":"1767225600000"}'],
  ['abandonedCart', '{"email":"zoë@example.com","sku":"S","delete":"true"}'],
  ['abandonedbrowse', '{"userId":"1000001","sku":"S"}'],
  ['wishlist', '{"email":"zoë@example.com","sku":"S","size":"M"}'],
  ['recommendedproduct', '{"email":"zoë@example.com","sku":"S","accuracy":"87","model":"m1"}'],
  ['coupon', '{"listName":"spring","value":"SPRING-1"}'],
  ['relateddata', '{"datasetName":"pets","key":"zoe","importMode":"add","attributes":{"name":"Rex"}}'],
  [
    'relateddata',
    '{"datasetName":"pets","key":"zoe","importMode":"update","attributes":{"kind":"cat"},"filter":{"name":"Rex"}}',
  ],
  ['relateddata', '{"datasetName":"pets","key":"zoe","importMode":"delete","filter":{"name":"Rex"}}'],
  ['automation', '{"email":"zoë@example.com","external_event":"trial_started"}'],
  ['external_event', '{"email":"zoë@example.com","externalEvent":"trial_started"}'],
  ['newsletter', '{"email":"zoë@example.com","group":"10144","unsubscribe":"true"}'],
  ['user', '{"email":"zoë@example.com","group":"10144","delete":true}'],
  ['user', '{"email":"zoë@example.com","group":"10144"}'],
];

test('a token is for one request, one secret and a while', async () => {
  const style = STYLES.php!;
  const old = caller({ ...style, claims: (hash, now) => ({ 'request-hash': hash, exp: Math.floor(now / 1000) - 61 }) });
  expect(await old('GET', 'ping')).toMatchObject({
    status: 401,
    body: { message: expect.stringContaining('expired') },
  });
  const other = caller({ ...style, claims: () => ({ 'request-hash': '0'.repeat(40), exp: 1e12 }) });
  expect(await other('GET', 'ping')).toMatchObject({ status: 401 });
  const unsigned = caller({ ...style, header: { alg: 'none' } });
  expect(await unsigned('GET', 'ping')).toMatchObject({ status: 401 });
  // The order path, query, body is wrong.
  const swapped = caller({
    ...style,
    claims: (_hash, now) => ({ 'request-hash': createHash('sha1').update('x').digest('hex'), exp: now }),
  });
  expect(await swapped('POST', 'event', 'subtype=user', '{}')).toMatchObject({ status: 401 });
});
