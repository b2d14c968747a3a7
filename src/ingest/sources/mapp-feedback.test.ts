import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import type { Source } from '../../plan/project.ts';
import { ledgerFeedback } from '../../server/feedback.ts';
import { readJavaDate } from './mapp-feedback-time.ts';

const MAPP: Source = { type: 'mapp_feedback', secrets: ['MAPP_TOKEN'], credential: 'token' };
const KEY = '0b0f6a3e-5c1d-4f5a-9d8e-1a2b3c4d5e6f-nudge-1-1';
/** as `docs/mapp-setup.md` has a Whiteboard post it */
const CLICK = {
  event: 'message_clicked',
  email: 'ada@example.com',
  message_id: '2324333336',
  link: 'https://shop.example/sale',
  time: '2026-03-27T10:00:00+01:00',
};
/** as docs.mapp.com prints it ("Enable feedback via response queue or callback URL"), with parameters of a send */
const FAILED = {
  errorCode: 'MISSING_FIELD',
  customerId: 1,
  executorId: 2,
  domainId: 3,
  actionTime: 'Thu Apr 13 14:19:10 CEST 2023',
  integration_id: '1cbb8aba-37c4-4f4e-a9a5-6d1e0a3f7c11',
  uuid: 'f9d4b7f3-5a52-4d7c-9b8e-1c1f5ce0d0aa',
  mappingName: 'email',
  collocation: 'emc',
  sysname: 'shop',
  actionParams: { email: 'ada@example.com', messageId: '2324333336', externalTransactionFormula: KEY },
  description: 'mandatory parameter is missing',
};

let ingest: TestIngest;
beforeEach(async () => {
  ingest = await testIngest({
    project: {
      ...PROJECT,
      messages: {
        nudge: { channel: 'email', id: '2324333336', parameters: null },
        code: { channel: 'sms', id: '500002', parameters: null },
      },
      sources: { mapp: MAPP },
    },
    secrets: { mapp: ['t0ken'] },
    feedback: ledgerFeedback,
  });
});
afterEach(() => ingest.close());

async function post(body: object, token = 't0ken') {
  const answer = await ingest.post('/v1/sources/mapp', body, { authorization: `Bearer ${token}` });
  return { status: answer.status, body: (await answer.json()) as object };
}
const events = async () => (await inboxOf(ingest.store)).map(({ event }) => event);
const consents = () =>
  ingest.store.db.selectFrom('consents').select(['channel', 'fact', 'holds', 'address', 'by']).execute();
const kept = async () =>
  (await ingest.store.db.selectFrom('quarantine').select('reason').orderBy('id').execute()).map(({ reason }) => reason);

test("the token may stand in the address, for Connect's callback", async () => {
  expect((await ingest.post('/v1/sources/mapp/t0ken', [FAILED])).status).toBe(200);
  expect(await events()).toHaveLength(1);
});

test('only whoever has the token may tell', async () => {
  expect(await post(CLICK, 'wrong')).toMatchObject({ status: 401 });
  expect((await ingest.post('/v1/sources/mapp/wrong', CLICK)).status).toBe(401);
  expect((await ingest.post('/v1/sources/nobody/t0ken', CLICK)).status).toBe(404);
  expect(await events()).toEqual([]);
});

describe('a Whiteboard', () => {
  test('tells of a click: the message has its name, and the event says who did what when', async () => {
    expect(await post(CLICK)).toEqual({
      status: 200,
      body: { accepted: 1, duplicates: 0, ignored: 0, quarantined: [] },
    });
    expect(await events()).toMatchObject([
      {
        name: 'message_clicked',
        source: 'mapp',
        time: '2026-03-27T09:00:00.000Z',
        contact: { email: 'ada@example.com' },
        data: { message: 'nudge', link: 'https://shop.example/sale' },
        feedback: { said: 'clicked', messageId: '2324333336', channel: 'email' },
      },
    ]);
  });

  test('is taken once: by its id, else by what it says', async () => {
    await post({ ...CLICK, id: 'c-1' });
    expect(await post({ ...CLICK, id: 'c-1', link: 'https://elsewhere.example' })).toMatchObject({
      body: { duplicates: 1 },
    });
    expect(await post({ ...CLICK, id: 'c-2' })).toMatchObject({ body: { accepted: 1 } });
    await post(CLICK);
    expect(await post(CLICK)).toMatchObject({ body: { duplicates: 1 } });
    expect(await post({ ...CLICK, time: '2026-03-28T10:00:00+01:00' })).toMatchObject({ body: { accepted: 1 } });
    expect(await post({ ...CLICK, message_id: '500002' })).toMatchObject({ body: { accepted: 1 } });
  });

  test('with a key that is none of ours, and placeholders that Mapp left empty', async () => {
    expect(await post({ ...CLICK, event: 'message_opened', key: KEY, link: '', text: '', id: '' })).toMatchObject({
      body: { accepted: 1 },
    });
    const [event] = await events();
    expect(event!.data).toEqual({ message: 'nudge', run: '0b0f6a3e-5c1d-4f5a-9d8e-1a2b3c4d5e6f' });
  });

  test('knows a message that the catalogue does not list by its id', async () => {
    await post({ ...CLICK, message_id: '77' });
    expect((await events())[0]!.data).toMatchObject({ message: '77' });
  });

  test('tells of consent: unsubscribed, bounced, subscribed again', async () => {
    const told = (event: string, more: object = {}) => ({ ...CLICK, event, link: undefined, ...more });
    await post([
      told('message_unsubscribed'),
      told('message_bounced', { text: 'invalid address' }),
      told('message_bounced', { text: 'transient', time: '2026-03-28T10:00:00Z' }),
      told('message_unsubscribed', { message_id: '500002', mobile: '+49 170 1234567' }),
    ]);
    expect(await consents()).toEqual(
      expect.arrayContaining([
        { channel: 'email', fact: 'unsubscribed', holds: true, address: null, by: 'mapp' },
        { channel: 'email', fact: 'blocked', holds: true, address: 'ada@example.com', by: 'mapp' },
        { channel: 'sms', fact: 'unsubscribed', holds: true, address: null, by: 'mapp' },
      ]),
    );
    await post({ event: 'consent_changed', email: 'ada@example.com', channel: 'email', consent: 'granted' });
    expect(await consents()).toContainEqual(
      expect.objectContaining({ channel: 'email', fact: 'unsubscribed', holds: false }),
    );
  });

  test.each([
    [{ ...CLICK, event: 'message_read' }, 'unknown_event'],
    [{ ...CLICK, message_id: '' }, 'invalid_event'],
    [{ ...CLICK, email: '<%user.email%>' }, 'unaddressable'],
    [{ ...CLICK, time: 'yesterday' }, 'invalid_event'],
    [{ event: 'consent_changed', email: 'ada@example.com', consent: 'yes' }, 'invalid_event'],
    [{ event: 'consent_changed', email: 'ada@example.com', consent: 'granted', channel: 'fax' }, 'invalid_event'],
    [{ hello: 'world' }, 'unknown_feedback'],
    [[7, null], 'unknown_feedback'],
  ])('keeps what cannot be used: %o', async (body, code) => {
    expect(await post(body)).toMatchObject({ status: 200, body: { accepted: 0, quarantined: expect.any(Array) } });
    expect((await kept())[0]).toContain(code);
  });
});

describe("Connect's callback", () => {
  test('about a send is the event message_failed, once', async () => {
    expect(await post([FAILED])).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect(await post([FAILED])).toMatchObject({ status: 200, body: { duplicates: 1 } });
    expect(await events()).toMatchObject([
      {
        name: 'message_failed',
        time: '2023-04-13T12:19:10.000Z',
        contact: { email: 'ada@example.com' },
        data: { code: 'MISSING_FIELD', text: 'Mapp reported MISSING_FIELD: mandatory parameter is missing' },
        feedback: { said: 'failed', key: KEY.replace(/-(nudge)-(1)-(1)$/, '/$1/$2/$3'), messageId: '2324333336' },
      },
    ]);
  });

  test('about anything else is kept for people to look at', async () => {
    const product = { ...FAILED, mappingName: 'product', actionParams: { addonId: '1', delete: 'true' } };
    expect(await post([product, FAILED])).toMatchObject({
      body: { accepted: 1, quarantined: [{ index: 0, code: 'not_carried_out' }] },
    });
    expect(await kept()).toEqual([
      'not_carried_out: product: Mapp reported MISSING_FIELD: mandatory parameter is missing',
    ]);
  });

  test('tells time as Java does', () => {
    expect(readJavaDate('Thu Apr 13 14:19:10 CEST 2023')).toBe(Date.UTC(2023, 3, 13, 12, 19, 10));
    expect(readJavaDate('Sun Nov 2 01:00:00 PST 2025')).toBe(Date.UTC(2025, 10, 2, 9));
    expect(readJavaDate('2026-03-27T10:00:00Z')).toBe(Date.UTC(2026, 2, 27, 10));
    expect(readJavaDate('Thu Apr 13 14:19:10 XYZ 2023')).toBeNull();
    expect(readJavaDate('Thu Apr 31 14:19:10 UTC 2023')).toBeNull();
  });
});

describe('response queue', () => {
  const item = (queueId: string, fields: { [name: string]: unknown }) => ({
    queueId,
    output: Object.entries(fields).map(([name, value]) => ({ name, value })),
  });
  const about = { user_email: 'ada@example.com', messageId: '2324333336', 'externalTransactionId.externalId': KEY };

  test('opens, clicks, bounces, unsubscribes and replies become events', async () => {
    const body = [
      item('1', { ...about, 'renderer.timestamp': '2026-03-27 10:00:00.0' }),
      item('2', { ...about, 'clicker.timestamp': ['2026-03-27T10:01:00Z'], 'clicker.url': 'https://shop.example' }),
      item('3', { ...about, 'bounce.timestamp': '1774605720000', 'bounce.category': 'invalid address' }),
      item('4', { ...about, 'unsubscriber.timestamp': 'Fri Mar 27 10:03:00 UTC 2026' }),
      item('5', { mobileNumber: '+491701234567', messageId: '500002', 'smsInbound.text': 'YES' }),
      item('6', { ...about, 'sendTransactional.timestamp': '2026-03-27T10:00:00Z' }),
      item('7', { user_email: 'bob@example.com', messageId: '9', 'sentToMta.timestamp': '2026-03-27T10:00:00Z' }),
      item('8', {
        errorCode: 'MISSING_FIELD',
        mappingName: 'email',
        actionParams: JSON.stringify(FAILED.actionParams),
      }),
      item('9', { subject: 'hello' }),
    ];
    expect(await post(body)).toMatchObject({
      body: { accepted: 7, ignored: 1, quarantined: [{ index: 8, code: 'unknown_feedback' }] },
    });
    expect(
      (await events()).map(({ name, time, data: { link, text } }) => [name, time.slice(11, 16), link ?? text]),
    ).toEqual([
      ['message_opened', '10:00', undefined],
      ['message_clicked', '10:01', 'https://shop.example'],
      ['message_bounced', '10:02', 'invalid address'],
      ['message_unsubscribed', '10:03', undefined],
      ['message_replied', expect.any(String), 'YES'],
      ['message_delivered', '10:00', undefined],
      ['message_failed', expect.any(String), 'Mapp reported MISSING_FIELD'],
    ]);
  });
});
