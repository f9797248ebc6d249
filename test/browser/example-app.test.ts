import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, screenshot } from '../support/browser.js';
import { TestClock } from '../support/clock.js';
import { exampleVisits } from '../support/example-visits.js';
import { apiKey, bearer } from '../support/http-client.js';
import { freshEmail, PASSWORD, signUp } from '../support/people.js';

const SECONDS_TO_EXPIRY = 3600;

describeInBrowser('the example app in a browser', () => {
  const clock = new TestClock(new Date());
  let app: TestApp;
  const example = exampleVisits(async () => (app = await startApp({ clock })));

  async function logIn(page: Page, email: string): Promise<void> {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Log out' }).waitFor();
  }

  const names = (page: Page): Promise<string[]> => page.locator('.rows .name').allInnerTexts();
  /** The session that the app stores in the browser; null after a logout. A string, since it runs in the page. */
  const stored = (page: Page): Promise<{ token: string; refreshToken: string } | null> =>
    page.evaluate(`new Promise((resolve, reject) => {
      const opening = indexedDB.open('roster');
      opening.onerror = reject;
      opening.onsuccess = () => {
        const reading = opening.result.transaction('session').objectStore('session').get('current');
        reading.onsuccess = () => { opening.result.close(); resolve(reading.result ?? null); };
      };
    })`);

  it('signs a user up, with each error beside its field', async () => {
    const taken = await signUp(app);
    const page = await example.open();
    await page.getByRole('button', { name: 'Sign up' }).click();
    const form = page.getByRole('form', { name: 'Sign up' });
    const [email, password] = [form.getByLabel('E-mail'), form.getByLabel('Password')];
    await form.getByLabel('Name').fill('Jane Doe');
    await email.fill(freshEmail());
    await password.fill('password1');
    await form.getByRole('button', { name: 'Sign up' }).click();
    await form.locator('[data-error-of=password]', { hasText: 'password' }).waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await password.evaluate((input) => input.matches(':focus'))).toBe(true);
    await screenshot(page, 'example-sign-up');

    await password.fill(PASSWORD);
    await email.fill(taken.email);
    await form.getByRole('button', { name: 'Sign up' }).click();
    await form.locator('[data-error-of=email]', { hasText: 'already registered' }).waitFor();
    expect(await password.getAttribute('aria-invalid')).toBeNull();

    const mine = freshEmail();
    await email.fill(mine);
    await form.getByRole('button', { name: 'Sign up' }).click();
    await page.getByText('No artists yet.').waitFor();
    const me = await app.http.get('/api/users/me', { headers: bearer((await stored(page))?.token ?? '') });
    expect(me.body.data).toMatchObject({ email: mine, name: 'Jane Doe' });

    await page.reload();
    await page.getByText('No artists yet.').waitFor();
  });

  it('shows the error of the server for a wrong password, and accepts the right one', async () => {
    const person = await signUp(app);
    const page = await example.open();
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password').fill('something else');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'Invalid credentials' }).waitFor();
    await logIn(page, person.email);
  });

  it('creates, lists by cursor, searches, renames, deactivates and deletes artists', async () => {
    const person = await signUp(app);
    const page = await example.open();
    await logIn(page, person.email);
    const form = page.getByRole('form', { name: 'New artist' });
    for (let i = 1; i <= 12; i++) {
      await form.getByLabel('New artist').fill(`The Band No. ${i}`);
      await form.getByRole('button', { name: 'Add artist' }).click();
      await page
        .getByRole('status')
        .filter({ hasText: i === 1 ? '1 artist' : `${i} artists` })
        .waitFor();
    }
    expect(await names(page)).toEqual(Array.from({ length: 10 }, (_, i) => `The Band No. ${12 - i}`));
    await screenshot(page, 'example-artists');
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => names(page)).toHaveLength(12);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);

    await page.getByLabel('Search artists').fill('no. 11');
    await expect.poll(() => names(page)).toEqual(['The Band No. 11']);

    // Markup in a name is shown as text.
    await page.getByRole('button', { name: 'Edit The Band No. 11' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('<b>The Eleven</b>');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => names(page)).toEqual(['<b>The Eleven</b>']);

    await page.getByRole('button', { name: 'Delete <b>The Eleven</b>' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(await names(page)).toEqual(['<b>The Eleven</b>']);
    await page.getByLabel('Search artists').fill('no. 12');
    await expect.poll(() => names(page)).toEqual(['The Band No. 12']);
    await page.getByRole('button', { name: 'Delete The Band No. 12' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => names(page)).toEqual([]);
    await page.getByLabel('Search artists').fill('no. 10');
    await expect.poll(() => names(page)).toEqual(['The Band No. 10']);
    await page.getByRole('button', { name: 'Deactivate The Band No. 10' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
    await expect.poll(() => names(page)).toEqual([]);

    const left = await app.http.get('/api/artists?size=100', { headers: person.headers });
    expect(left.body.data.map(({ name }) => name)).toEqual([
      '<b>The Eleven</b>',
      ...Array.from({ length: 9 }, (_, i) => `The Band No. ${9 - i}`),
    ]);
  });

  it('creates an API key that works, shows it once, and deletes it', async () => {
    const person = await signUp(app);
    const page = await example.open();
    await logIn(page, person.email);
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByText('No API keys yet.').waitFor();
    const form = page.getByRole('form', { name: 'New API key' });
    await form.getByLabel('What is it for?').fill('Nightly import');
    await form.getByLabel('Change my artists and songs').uncheck();
    await form.getByLabel('Expires').selectOption('in 30 days');
    await form.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByLabel('The new API key');
    const key = await shown.innerText();
    expect((await app.http.get('/api/artists', { headers: apiKey(key) })).status).toBe(200);
    expect((await app.http.post('/api/artists', { headers: apiKey(key), json: { name: 'No' } })).status).toBe(403);
    await page.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(key);

    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.reload();
    await page.getByText('Nightly import').waitFor();
    expect(await page.content()).not.toContain(key);
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'example-keys');
    await page.getByRole('button', { name: 'Delete Nightly import' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No API keys yet.').waitFor();
    expect((await app.http.get('/api/artists', { headers: apiKey(key) })).status).toBe(401);
  });

  it('changes the profile, and shows what is wrong with a phone number', async () => {
    const person = await signUp(app);
    const page = await example.open();
    await logIn(page, person.email);
    await page.getByRole('link', { name: 'Profile' }).click();
    const form = page.getByRole('form', { name: 'Profile' });
    await form.getByLabel('Phone').fill('12345');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.locator('[data-error-of=phone]', { hasText: 'Enter a phone number' }).waitFor();
    await form.getByLabel('Phone').fill('+12025550123');
    await form.getByLabel('Name', { exact: true }).fill('Jane Q. Public');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Saved.').waitFor();
    const me = await app.http.get('/api/users/me', { headers: person.headers });
    expect(me.body.data).toMatchObject({ name: 'Jane Q. Public', phone: '+12025550123' });
  });

  it('renews an expired token once for all tabs', async () => {
    const person = await signUp(app);
    const first = await example.open();
    await logIn(first, person.email);
    const second = await example.openAnother();
    await second.getByText('No artists yet.').waitFor();
    const before = await stored(first);
    await app.http.post('/api/artists', { headers: person.headers, json: { name: 'Meanwhile' } });
    clock.advance(SECONDS_TO_EXPIRY + 1);

    // The first refresh is held back until both tabs have got a 401 and want one.
    const tabs = [first, second];
    const bothRefused = Promise.all(tabs.map((tab) => tab.waitForResponse((response) => response.status() === 401)));
    let refreshes = 0;
    await example.context.route('**/api/auth/refresh', async (route) => {
      refreshes++;
      await bothRefused;
      await route.continue();
    });
    await Promise.all(tabs.map((tab) => tab.getByLabel('Search artists').fill('meanwhile')));
    for (const tab of tabs) await expect.poll(() => names(tab)).toEqual(['Meanwhile']);
    expect(refreshes).toBe(1);
    const after = await stored(second);
    expect(after?.refreshToken).toBe(before?.refreshToken);
    expect(after?.token).not.toBe(before?.token);
  });

  it('logs out every tab at once, and revokes both tokens', async () => {
    const person = await signUp(app);
    const first = await example.open();
    await logIn(first, person.email);
    const second = await example.openAnother('/#profile');
    await second.getByRole('heading', { name: 'Profile' }).waitFor();
    const left = await stored(first);
    const loggedOut = first.waitForResponse((response) => response.url().endsWith('/api/auth/logout'));
    await first.getByRole('button', { name: 'Log out' }).click();
    for (const tab of [first, second]) await tab.getByRole('heading', { name: 'Log in' }).waitFor();
    expect((await loggedOut).status()).toBe(200);
    expect(await stored(second)).toBeNull();
    expect((await app.http.get('/api/users/me', { headers: bearer(left?.token ?? '') })).status).toBe(401);
    expect((await app.http.post('/api/auth/refresh', { json: { refreshToken: left?.refreshToken } })).status).toBe(401);

    // A login in one tab logs the other in.
    await logIn(second, person.email);
    await first.getByRole('heading', { name: 'Artists' }).waitFor();
  });

  it('returns to the login when the session was revoked elsewhere', async () => {
    const person = await signUp(app);
    const page = await example.open();
    await logIn(page, person.email);
    const refreshToken = (await stored(page))?.refreshToken;
    await app.http.post('/api/auth/logout', { json: { refreshToken } });
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await stored(page)).toBeNull();
  });
});
