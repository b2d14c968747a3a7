import { expect, test } from 'vitest';
import { credentials, sandbox } from '../../test/support/sandbox.ts';
import { requestHash, signToken } from '../mapp/token.ts';

test('ids of 64 bits are kept, also where they come as numbers', async () => {
  const { url, read, drain } = await sandbox({ project: null });
  await raw(url, 'event', 'subtype=email', '{"email":"ada@example.com","messageId":9007199254740993}');
  await drain();
  expect(await read('/messages')).toMatchObject([{ messageId: '9007199254740993' }]);
});

/** A signed POST of these very bytes, without a content type of JSON. */
async function raw(
  url: string,
  path: string,
  query: string,
  body: string,
  over: { secret?: string; id?: string; token?: string } = {},
) {
  const pathname = `/charon/api/v1/integration/${over.id ?? credentials.integrationId}/${path}`;
  const token =
    over.token ??
    signToken(requestHash(pathname, body, query), over.secret ?? credentials.secret, Date.now() + 600_000, 'ms');
  const answer = await fetch(`${url}${pathname}${query && `?${query}`}`, {
    method: 'POST',
    body,
    headers: { 'auth-token': token },
  });
  return { status: answer.status, body: (await answer.json()) as { message?: string } };
}

test('what is refused, and journaled as refused', async () => {
  const { url, read, drain } = await sandbox();
  const good = '{"email":"ada@example.com"}';
  const thousand = JSON.stringify(Array.from({ length: 1000 }, () => ({})));
  const more = JSON.stringify(Array.from({ length: 1001 }, () => ({ email: 'ada@example.com' })));
  const cases = [
    [await raw(url, 'event', 'subtype=user', good, { secret: 'wrong' }), 401, 'signature'],
    [await raw(url, 'event', 'subtype=user', good, { token: '' }), 401, 'missing'],
    [await raw(url, 'event', 'subtype=user', good, { id: 'other' }), 404, 'no integration'],
    [await raw(url, 'nothing', '', good), 404, 'nothing at'],
    [await raw(url, 'event', '', good), 400, 'subtype'],
    [await raw(url, 'event', 'subtype=user', 'no'), 400, 'not JSON'],
    [await raw(url, 'event', 'subtype=user', '[]'), 400, 'JSON object'],
    [await raw(url, 'event/batch', 'subtype=user', good), 400, 'array'],
    [await raw(url, 'event/batch', 'subtype=user', '[{},1]'), 400, 'item 1'],
    [await raw(url, 'event/batch', 'subtype=user', more), 400, '1001'],
  ] as const;
  for (const [answer, status, message] of cases)
    expect(answer).toMatchObject({ status, body: { message: expect.stringContaining(message) } });
  expect(await read('/journal')).toMatchObject(
    cases.map(([, status], index) => ({ seq: index + 1, accepted: false, status, method: 'POST' })),
  );
  expect(await drain()).toMatchObject({ body: { applied: 0 } });
  expect(await raw(url, 'event/batch', 'subtype=user', '[]')).toEqual({ status: 200, body: {} });
  expect(await raw(url, 'event/batch', 'subtype=user', thousand)).toEqual({ status: 200, body: {} });
});
