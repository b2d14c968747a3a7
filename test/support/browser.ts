import chromium from '@sparticuz/chromium';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll } from 'vitest';

let browser: Promise<Browser> | null = null;

/** A page of one Chromium, which the tests of a file share. What the page could not load, or threw, is in `faults`. */
export async function openPage(url: string): Promise<{ readonly page: Page; readonly faults: string[] }> {
  browser ??= chromium
    .executablePath()
    .then((executablePath) =>
      launch({ executablePath, args: chromium.args, headless: 'shell', timeout: 0, protocolTimeout: 0 }),
    );
  const page = await (await browser).newPage();
  page.setDefaultTimeout(0); // the test's own limit ends a wait in vain
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('requestfailed', (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  return { page, faults };
}

afterAll(async () => {
  await (await browser)?.close();
  browser = null;
});
