import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, screenshot } from '../support/browser.js';
import { TestClock } from '../support/clock.js';
import { exampleVisits } from '../support/example-visits.js';
import { verifiedPerson } from '../support/passkeys.js';
import { logIn, PASSWORD, type Person } from '../support/people.js';
import { Authenticator } from '../support/second-factor.js';

const RECENT_LOGIN_SECONDS = 600;
const TOTP_STEP_SECONDS = 30;

describeInBrowser('the second factors of the example app', () => {
  const clock = new TestClock(new Date());
  let app: TestApp;
  const example = exampleVisits(async (origin) => {
    app = await startApp({ clock, env: { PASSKEY_RP_ID: 'localhost', PASSKEY_ORIGINS: origin } });
    return app;
  });

  async function fillLogin(page: Page, { email }: Person): Promise<void> {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
  }

  async function openProfile(person: Person): Promise<Page> {
    const page = await example.open('/#profile');
    await fillLogin(page, person);
    await page.getByRole('heading', { name: 'Authenticator app' }).waitFor();
    return page;
  }

  async function logOut(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  }

  /** Sets an authenticator app up in the page, and returns it with the recovery codes. */
  async function setUpTotp(page: Page): Promise<{ authenticator: Authenticator; recoveryCodes: string[] }> {
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
    await screenshot(page, 'example-authenticator');
    const authenticator = new Authenticator(await page.getByLabel('The secret').innerText(), clock);
    const form = page.getByRole('form', { name: 'Authenticator app' });
    await form.getByLabel('The code that the app shows').fill(authenticator.code());
    await form.getByRole('button', { name: 'Switch on' }).click();
    const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await codes.last().waitFor();
    const recoveryCodes = await codes.allInnerTexts();
    await page.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(recoveryCodes.join('\n'));
    await page.getByRole('button', { name: 'I have saved them' }).click();
    await page.getByText('Recovery codes left: 10').waitFor();
    return { authenticator, recoveryCodes };
  }

  it('sets an authenticator app up, which logins then ask for, and switches it off', async () => {
    const person = await verifiedPerson(app);
    const page = await openProfile(person);
    const { authenticator, recoveryCodes } = await setUpTotp(page);
    expect(recoveryCodes).toHaveLength(10);

    clock.advance(TOTP_STEP_SECONDS);
    await logOut(page);
    await fillLogin(page, person);
    await page.getByLabel('Code').fill(authenticator.wrongCode());
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.locator('[data-error-of=code]:not(:empty)').waitFor();
    await page.getByLabel('Code').fill(authenticator.code());
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { name: 'Profile' }).waitFor();

    await logOut(page);
    await fillLogin(page, person);
    await page.getByLabel('Code').fill(recoveryCodes[0] ?? '');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByText('Recovery codes left: 9').waitFor();

    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('Logins ask for your password alone.').waitFor();
    expect(await logIn(app, person.email)).toMatchObject({ id: person.id });
  });

  it('asks for password and code before it makes new recovery codes, when the login is old', async () => {
    const person = await verifiedPerson(app);
    const page = await openProfile(person);
    const { authenticator, recoveryCodes } = await setUpTotp(page);
    clock.advance(RECENT_LOGIN_SECONDS + 1);
    await page.getByRole('button', { name: 'New recovery codes' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByLabel('Code').fill(authenticator.code());
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await codes.last().waitFor();
    const renewed = await codes.allInnerTexts();
    expect(renewed).toHaveLength(10);
    expect(renewed.filter((code) => recoveryCodes.includes(code))).toEqual([]);
  });

  /** A device that can hold passkeys, and confirms its user. */
  async function plugIn(page: Page): Promise<void> {
    const devtools = await example.context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: true, automaticPresenceSimulation: true },
      },
    });
  }

  it('adds, renames and removes a passkey', async () => {
    const person = await verifiedPerson(app);
    const page = await openProfile(person);
    await plugIn(page);
    const card = page.getByRole('region', { name: 'Passkeys' });
    await card.getByText('No passkeys yet.').waitFor();
    await card.getByLabel('Name of the new passkey').fill('Laptop');
    await card.getByRole('button', { name: 'Add a passkey' }).click();
    await card.getByRole('button', { name: 'Rename Laptop' }).waitFor();
    await screenshot(page, 'example-passkeys');

    await card.getByLabel('Name', { exact: true }).fill('Old laptop');
    await card.getByRole('button', { name: 'Rename Laptop' }).click();
    await card.getByRole('button', { name: 'Remove Old laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await card.getByText('No passkeys yet.').waitFor();
    const { body } = await app.http.get('/api/users/me/passkeys', { headers: person.headers });
    expect(body.data).toEqual([]);
  });

  it('takes a passkey in place of the password, when the login is old', async () => {
    const person = await verifiedPerson(app);
    const page = await openProfile(person);
    await plugIn(page);
    const card = page.getByRole('region', { name: 'Passkeys' });
    await card.getByRole('button', { name: 'Add a passkey' }).click();
    await card.getByRole('button', { name: /^Rename/ }).waitFor();
    clock.advance(RECENT_LOGIN_SECONDS + 1);
    await card.getByLabel('Name', { exact: true }).fill('Laptop');
    await card.getByRole('button', { name: /^Rename/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Use a passkey instead' }).click();
    await card.getByRole('button', { name: 'Rename Laptop' }).waitFor();
  });

  it('logs in by passkey, from the autofill of the form', async () => {
    const person = await verifiedPerson(app);
    const page = await openProfile(person);
    await plugIn(page);
    const card = page.getByRole('region', { name: 'Passkeys' });
    await card.getByRole('button', { name: 'Add a passkey' }).click();
    await card.getByRole('button', { name: /^Rename/ }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    // The device is touched as soon as the form offers its passkey.
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    // Written in batches.
    const passkeys = async (): Promise<unknown> =>
      (await app.http.get('/api/users/me/passkeys', { headers: person.headers })).body.data;
    await expect.poll(passkeys).toMatchObject([{ lastUsed: expect.any(String) }]);
  });
});
