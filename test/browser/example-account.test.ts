import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeInBrowser, screenshot } from '../support/browser.js';
import { TestClock } from '../support/clock.js';
import { exampleVisits } from '../support/example-visits.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { freshEmail, logIn, PASSWORD, signUp, superAdmin } from '../support/people.js';

const NEW_PASSWORD = 'Quiet-Harbour-4711';
const RECENT_LOGIN_SECONDS = 600;

describeInBrowser('the account pages of the example app', () => {
  const clock = new TestClock(new Date());
  let app: MailApp;
  const example = exampleVisits(async (origin) => {
    app = await startMailApp({
      clock,
      env: {
        EMAIL_VERIFICATION: 'ask',
        PASSWORD_RESET_LINK: `${origin}/#reset?code={code}`,
        INVITATION_LINK: `${origin}/#invitation?code={code}`,
        EMAIL_VERIFY_LINK: `${origin}/#verify?code={code}`,
        EMAIL_UNDO_LINK: `${origin}/#undo?code={code}`,
      },
    });
    return app;
  });

  /** The link of the newest mail to this address. Whatever is written afterwards is newer. */
  async function linkTo(address: string): Promise<string> {
    clock.advance(1);
    const mail = (await app.mailsTo(address)).at(-1);
    const link = /http:\S+/.exec(mail?.text ?? '')?.[0];
    if (link === undefined) throw new Error(`No link in the newest mail to ${address}: ${mail?.text}`);
    return link;
  }

  async function fillLogin(page: Page, email: string, password = PASSWORD): Promise<void> {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  async function openProfile(email: string): Promise<Page> {
    const page = await example.open('/#profile');
    await fillLogin(page, email);
    await page.getByRole('heading', { name: 'E-mail address' }).waitFor();
    return page;
  }

  it('sets a new password for someone who forgot it, by the link of the mail', async () => {
    const person = await signUp(app);
    clock.advance(1);
    const page = await example.open();
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByRole('button', { name: 'Send a code' }).click();
    await page.getByText('a mail with a code is on its way').waitFor();

    await page.goto(await linkTo(person.email));
    const form = page.getByRole('form', { name: 'Set a new password' });
    await form.getByLabel('New password').fill('password1');
    await screenshot(page, 'example-reset');
    await form.getByRole('button', { name: 'Set password' }).click();
    await form.locator('[data-error-of=newPassword]', { hasText: 'most common' }).waitFor();
    await form.getByLabel('New password').fill(NEW_PASSWORD);
    await form.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    await page.getByRole('link', { name: 'Log in' }).click();
    await fillLogin(page, person.email, NEW_PASSWORD);
    await page.getByRole('heading', { name: 'Artists' }).waitFor();
  });

  it('says next to the field that a code is not valid', async () => {
    const page = await example.open('/#reset');
    await page.getByLabel('Code').fill('0000-0000-0000');
    await page.getByRole('textbox', { name: 'New password' }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.locator('[data-error-of=code]', { hasText: 'code' }).waitFor();
  });

  it('opens a link without using its code, and verifies the address after a login', async () => {
    const person = await signUp(app);
    const page = await example.open((await linkTo(person.email)).replace(example.origin, ''));
    await fillLogin(page, person.email);
    await page.getByRole('heading', { name: 'Verify your e-mail address' }).waitFor();
    const before = await app.http.get('/api/users/me', { headers: person.headers });
    expect(before.body.data.emailVerified).toBe(false);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText(`${person.email} is verified.`).waitFor();
    const after = await app.http.get('/api/users/me', { headers: person.headers });
    expect(after.body.data.emailVerified).toBe(true);
  });

  it('changes the address after the password is confirmed, and undoes it from the old mailbox', async () => {
    const [person, email] = [await signUp(app), freshEmail()];
    const json = { code: await app.codeFor(person.email) };
    await app.http.post('/api/users/me/email/verify', { headers: person.headers, json });
    const page = await openProfile(person.email);
    clock.advance(RECENT_LOGIN_SECONDS + 1);
    await page.getByLabel('New e-mail address').fill(email);
    await page.getByRole('button', { name: 'Change address' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password').fill('something else');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByText('The current password is wrong').waitFor();
    await screenshot(page, 'example-confirm');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText(`A mail with a code is on its way to ${email}.`).waitFor();
    await screenshot(page, 'example-account');

    await page.goto(await linkTo(email));
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText(`${email} is verified.`).waitFor();

    await page.goto(await linkTo(person.email));
    await page.getByRole('button', { name: 'Restore the old address' }).click();
    await page.getByRole('heading', { name: 'Your old address is back' }).waitFor();
    await page.goto(await linkTo(person.email));
    await page.getByRole('textbox', { name: 'New password' }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(await logIn(app, person.email, NEW_PASSWORD)).toMatchObject({ id: person.id });
  });

  it('lets a user give up a change of address at the prompt for the password', async () => {
    const [person, email] = [await signUp(app), freshEmail()];
    const page = await openProfile(person.email);
    clock.advance(RECENT_LOGIN_SECONDS + 1);
    await page.getByLabel('New e-mail address').fill(email);
    await page.getByRole('button', { name: 'Change address' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('form', { name: 'Change address' }).getByRole('alert').waitFor();
    expect(await app.mailsTo(email)).toEqual([]);
  });

  it('takes an invitation', async () => {
    const [root, email] = [await superAdmin(app), freshEmail()];
    const json = { email, name: 'Grace Hopper' };
    expect((await app.http.post('/api/users', { headers: root.headers, json })).status).toBe(201);
    const page = await example.open((await linkTo(email)).replace(example.origin, ''));
    await page.getByRole('heading', { name: 'Welcome! Choose a password' }).waitFor();
    await page.getByRole('textbox', { name: 'New password' }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Accept invitation' }).click();
    await page.getByRole('link', { name: 'Log in' }).click();
    await fillLogin(page, email, NEW_PASSWORD);
    await page.getByRole('heading', { name: 'Artists' }).waitFor();
  });

  it('deletes the account after a question and the password', async () => {
    const person = await signUp(app);
    const page = await openProfile(person.email);
    clock.advance(RECENT_LOGIN_SECONDS + 1);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click();
    await page.getByRole('dialog').getByLabel('Password').fill(PASSWORD);
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
    const root = await superAdmin(app);
    expect((await app.http.get(`/api/users/${person.id}`, { headers: root.headers })).status).toBe(404);
    await page.getByRole('link', { name: 'Log in' }).click();
    await fillLogin(page, person.email);
    await page.getByRole('alert').filter({ hasText: 'Invalid credentials' }).waitFor();
  });
});
