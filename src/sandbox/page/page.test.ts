import { expect, test } from 'vitest';
import { openPage } from '../../../test/support/browser.ts';
import { sandbox } from '../../../test/support/sandbox.ts';

const content = "document.getElementById('content').innerText";

test('a message appears by itself, the search filters, a contact shows attributes and groups', async () => {
  const { url, client, drain } = await sandbox();
  const { page, faults } = await openPage(url);
  await page.waitForFunction(`${content}.includes('No messages yet')`);
  await client.event('user', { email: 'ada@example.com', group: '10144', Hobbies: 'chess' });
  await client.event('email', { email: 'ada@example.com', messageId: '2324333335', coupon: 'SPRING' });
  await client.event('email', { email: 'bob@example.com', messageId: '2324333335', coupon: 'AUTUMN' });
  await drain();
  await page.waitForFunction(`${content}.includes('coupon=SPRING') && ${content}.includes('coupon=AUTUMN')`);

  await page.keyboard.press('/');
  await page.keyboard.type('autumn');
  await page.waitForFunction(`${content}.includes('bob@example.com') && !${content}.includes('ada@example.com')`);
  expect(page.url()).toContain('?q=autumn');
  await page.keyboard.press('Escape');
  await page.waitForFunction(`${content}.includes('ada@example.com')`);

  await page.evaluate(
    "[...document.querySelectorAll('main a')].find((one) => one.innerText === 'ada@example.com').click()",
  );
  await page.waitForFunction(`${content}.includes('Hobbies')`);
  const shown = (await page.evaluate(content)) as string;
  for (const text of ['chess', 'customers', '1000001', 'coupon=SPRING']) expect(shown).toContain(text);
  for (const [view, text] of [
    ['groups', 'customers'],
    ['group/10144', 'ada@example.com'],
    ['contacts', 'bob@example.com'],
    ['journal', 'email'],
    ['feedback', 'Nothing to complain about'],
  ]) {
    await page.evaluate(`location.hash = '${view}'`);
    await page.waitForFunction(`${content}.includes('${text}')`);
  }
  expect(faults).toEqual([]);
});

test('what a producer or an author writes stays text', async () => {
  const { url, client, drain } = await sandbox({ project: null });
  const payload = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
  const email = '"><svg/onload=window.broken=1>@example.com';
  await client.event('user', { email, group: payload, [payload]: payload, userID: payload });
  await client.event('email', { email, messageId: payload, [payload]: payload });
  await client.event('transaction', { email, orderId: payload, [payload]: payload });
  await client.event('wishlist', { email: 'nobody@example.com', sku: payload });
  await drain();
  const { page, faults } = await openPage(`${url}/?q=${encodeURIComponent('"><b>')}`);
  await page.$eval('#search', (input) => {
    (input as unknown as { value: string }).value = '';
    input.dispatchEvent(new Event('input'));
  });
  for (const view of ['messages', 'contacts', 'contact/1000001', 'groups', 'journal', 'feedback']) {
    await page.evaluate(`location.hash = '${view}'`);
    await page.waitForFunction(`${content}.includes('onerror') || ${content}.includes('svg/onload')`);
  }
  expect(
    await page.evaluate("[window.broken, document.querySelectorAll('main img, main script, main svg').length]"),
  ).toEqual([null, 0]);
  expect(faults).toEqual([]);
});

test('the keyboard reaches a link and what it leads to; what a contact does is noted', async () => {
  const { url, client, drain, read } = await sandbox();
  await client.event('email', { email: 'ada@example.com', messageId: '2324333335' });
  await drain();
  const { page } = await openPage(url);
  await page.waitForFunction(`${content}.includes('ada@example.com')`);
  await page.focus("main a[data-key='#contact/1000001']");
  await client.event('email', { email: 'bob@example.com', messageId: '2324333335' });
  await drain();
  await page.waitForFunction(`${content}.includes('bob@example.com')`);
  expect(await page.evaluate('document.activeElement.innerText')).toBe('ada@example.com');
  await page.keyboard.press('Enter');
  await page.waitForFunction(`location.hash === '#contact/1000001' && ${content}.includes('Identifier')`);
  await page.click("button[aria-label='Open welcome as ada@example.com']");
  await page.waitForFunction(`${content}.includes('opened')`);
  const [message] = await read<{ id: string }[]>('/messages');
  expect(await read('/inbox/messages')).toMatchObject({
    items: [{ reactions: [] }, { id: message!.id, reactions: [{ event: 'message_opened' }] }],
  });
  const unnamed = await page.$$eval(
    'button, a, input',
    (all) => all.filter((one) => !(one.textContent?.trim() || one.getAttribute('aria-label'))).length,
  );
  expect(unnamed).toBe(0);
});
