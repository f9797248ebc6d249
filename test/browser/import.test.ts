import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, launchBrowser, visit } from '../support/browser.js';
import { freshEmail, superAdmin } from '../support/people.js';

const PART = 1000;

describeInBrowser('an import from a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    app = await startApp();
    browser = await launchBrowser();
    page = await (await visit(browser, app.url)).open('/docs');
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  it('SECURITY 48: sends a file in parts, and reads the answers of each', async () => {
    const { token } = await superAdmin(app);
    const lines = Array.from({ length: 2500 }, () => JSON.stringify({ email: freshEmail(), name: 'Ada' }));
    const answers = await page.evaluate(
      async ([all, size, bearer]) => {
        const parts: string[] = [];
        for (let at = 0; at < all.length; at += size) {
          const response = await fetch('/api/users/import', {
            method: 'POST',
            headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${bearer}` },
            body: new Blob([all.slice(at, at + size).join('\n')]),
          });
          parts.push(await response.text());
        }
        return parts;
      },
      [lines, PART, token] as const,
    );
    expect(answers.map((text) => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as unknown)).toEqual([
      { done: true, created: 1000, exists: 0, refused: 0 },
      { done: true, created: 1000, exists: 0, refused: 0 },
      { done: true, created: 500, exists: 0, refused: 0 },
    ]);
  });
});
