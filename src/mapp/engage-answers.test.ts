import { expect, test } from 'vitest';
import { engageBase } from './base-url.ts';
import { historyRow, nameValues, readContact } from './engage-answers.ts';
import { exactJson } from './exact-json.ts';

test.each([
  ['https://e.example', '/api/rest/v19'],
  ['https://e.example/', '/api/rest/v19'],
  ['https://e.example/shop', '/shop/api/rest/v19'],
  ['https://e.example/shop/api/rest', '/shop/api/rest/v19'],
  ['https://e.example/api/rest/v18/', '/api/rest/v18'],
])('%s', (url, path) => {
  expect(engageBase(url)).toEqual({ origin: 'https://e.example', path });
});

test('a base that is no address is refused by name', () => {
  expect(() => engageBase('shop')).toThrow('MAPP_ENGAGE_URL is not a URL: "shop"');
  expect(() => engageBase('https://u:p@e.example')).toThrow('MAPP_ENGAGE_URL holds a user name or password');
});

test('a row of the history, bare and as the docs print it', () => {
  const row = {
    messageId: '2324333335',
    transactionId: null,
    name: 'Welcome',
    sentAt: 1767225600000,
    status: 'Sent',
    opened: true,
    clicked: false,
  };
  const bare = { messageID: 2324333335, messageName: 'Welcome', sendDate: 1767225600000, status: 'Sent', opened: true };
  expect(historyRow(bare)).toEqual(row);
  const wrapped = {
    messageID: ['2324333335'],
    externalTransactionId: [{}],
    messageName: ['Welcome'],
    sendDate: ['1767225600000'],
    status: ['Sent'],
    opened: ['true'],
    clicked: ['false'],
  };
  expect(historyRow(wrapped)).toEqual(row);
  expect(historyRow({ messageID: 1 })).toBeNull();
});

test('ids of 64 bits survive; attributes lose their prefix, and those without a value are left out', () => {
  const contact = exactJson(
    '{"contactId": 9007199254740993, "emailAddress": "a@example.com", "attributes": [{"name": "user.FirstName", "value": "Ada"}, {"name": "Title", "value": ""}]}',
  );
  expect(readContact(contact)).toMatchObject({ id: '9007199254740993', attributes: { FirstName: 'Ada' } });
  expect(nameValues({})).toBeNull();
});
