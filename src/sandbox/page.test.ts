import { expect, test } from 'vitest';
import { sandbox } from '../../test/support/sandbox.ts';

test('the inbox page shows contacts and messages, escapes what it shows, and searches', async () => {
  const { url, client, drain } = await sandbox();
  await client.event('user', { email: 'ada@example.com', group: '10144', Hobbies: '<script>alert(1)</script>' });
  await client.event('email', { email: 'ada@example.com', messageId: '2324333335', coupon: '"&\'' });
  await drain();
  const get = async (path: string) => (await fetch(url + path)).text();
  const page = await get('/');
  expect(page).toContain('ada@example.com');
  expect(page).toContain('customers');
  expect(page).toContain('<code>coupon=&#34;&#38;&#39;</code>');
  expect(page).not.toContain('<script>alert');
  expect(await get('/?q=WELCOME')).toContain('ada@example.com');
  expect(await get('/?q=%22%3E%3Cb%3E')).toContain('value="&#34;&#62;&#60;b&#62;"');
  expect(await get('/?q=nobody')).not.toContain('ada@example.com');
  expect(await get('/refresh.js')).toContain('setInterval');
});
