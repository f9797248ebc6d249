import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, launchBrowser, screenshot, visit, type Visit } from '../support/browser.js';
import { freshEmail, PASSWORD } from '../support/people.js';

interface Executed {
  readonly status: number;
  readonly body: { readonly data: Record<string, string> };
  readonly sent: Record<string, string>;
}

describeInBrowser('the docs page in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let visitor: Visit;
  let page: Page;

  beforeAll(async () => {
    app = await startApp();
    browser = await launchBrowser();
    visitor = await visit(browser, app.url);
    page = await visitor.open('/docs');
    await page.locator('.opblock').first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  /** Opens an operation, fills in its body, executes it, and reads the response from the page. */
  async function tryOut(operation: string, path: string, body?: object): Promise<Executed> {
    const block = page.locator(`[id^="operations-"][id$="-${operation}"]`);
    if (!(await isOpen(block))) await block.locator('.opblock-summary-control').click();
    const start = block.getByRole('button', { name: 'Try it out' });
    await block.locator('.try-out__btn').waitFor();
    if (await start.isVisible()) await start.click();
    if (body) await block.locator('textarea.body-param__text').fill(JSON.stringify(body));
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path);
    await block.getByRole('button', { name: 'Execute' }).click();
    const response = await answered;
    const shown = block.locator('.live-responses-table .response').first();
    await shown.locator('.response-col_status', { hasText: String(response.status()) }).waitFor();
    return {
      status: response.status(),
      body: JSON.parse(
        await shown.locator('.response-col_description .highlight-code code').first().innerText(),
      ) as Executed['body'],
      sent: await response.request().allHeaders(),
    };
  }

  async function isOpen(block: Locator): Promise<boolean> {
    return (await block.locator('.opblock-body').count()) > 0;
  }

  async function authorize(scheme: 'bearer' | 'apiKey', value: string): Promise<void> {
    await page.locator('.auth-wrapper .authorize').first().click();
    const dialog = page.locator('.dialog-ux .modal-ux');
    // Removes what an earlier test entered.
    for (const logOut of await dialog.getByRole('button', { name: 'Remove authorization' }).all()) await logOut.click();
    const label = scheme === 'bearer' ? 'auth-bearer-value' : 'api_key_value';
    const container = dialog.locator('.auth-container', { has: page.locator(`#${label}`) });
    await container.locator('input').fill(value);
    await container.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.locator('.close-modal').click();
  }

  it('fits on a phone, with an operation open', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true });
    const phone = await context.newPage();
    await phone.goto(`${app.url}/docs`);
    for (const operation of ['signUp', 'listArtists', 'importCatalogue']) {
      const block = phone.locator(`[id^="operations-"][id$="-${operation}"]`);
      await block.locator('.opblock-summary-control').click();
      await block.locator('.responses-table').first().waitFor();
      expect(await phone.evaluate('document.documentElement.scrollWidth'), operation).toBe(390);
    }
    await context.close();
  });

  it('shows the document of the contract that is selected at the top', async () => {
    const title = page.locator('.info .title');
    const opened = await title.innerText();
    expect(opened).toContain(FALLBACK_CONTRACT.title);
    for (const contract of CONTRACTS.length > 1 ? [...CONTRACTS, FALLBACK_CONTRACT] : []) {
      await page.locator('.topbar select').selectOption({ label: contract.title });
      // One title may be the beginning of another.
      await expect.poll(() => title.innerText()).toMatch(new RegExp(`^${contract.title}\\s*\\d`));
      await page.locator('.opblock').first().waitFor();
    }
    // The URL names the selected document, so it can be shared.
    await page.reload();
    await page.locator('.opblock').first().waitFor();
    expect(await title.innerText()).toBe(opened);
    await screenshot(page, 'docs');
  });

  it('can sign up, call an operation with the token, and call it with an API key', async () => {
    const email = freshEmail();
    const signedUp = await tryOut('signUp', '/api/auth/signup', { email, name: 'John Doe', password: PASSWORD });
    expect(signedUp.status).toBe(201);

    expect((await tryOut('showMe', '/api/users/me')).status).toBe(401);
    await authorize('bearer', signedUp.body.data['token']);
    const me = await tryOut('showMe', '/api/users/me');
    expect([me.status, me.body.data['email']]).toEqual([200, email]);
    await page
      .locator('[id$="-showMe"] .responses-inner')
      .first()
      .evaluate((element) => element.scrollIntoView());
    await screenshot(page, 'docs-try-it-out');

    const key = await tryOut('createKey', '/api/auth/keys', { name: 'From the docs' });
    expect(key.status).toBe(201);
    await authorize('apiKey', key.body.data['apiKey']);
    const byKey = await tryOut('showMe', '/api/users/me');
    expect([byKey.status, byKey.body.data['email']]).toEqual([200, email]);
    expect(byKey.sent).toMatchObject({ 'x-api-key': key.body.data['apiKey'] });
    expect(byKey.sent).not.toHaveProperty('authorization');
  });

  it('logs no error, loads nothing from other origins, and obeys its Content-Security-Policy', () => {
    expect(visitor.errors).toEqual([]);
  });
});
