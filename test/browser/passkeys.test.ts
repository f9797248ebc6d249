import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, launchBrowser, visit, type Visit } from '../support/browser.js';
import { bearer } from '../support/http-client.js';
import { verifiedPerson } from '../support/passkeys.js';
import type { Person } from '../support/people.js';

/** What a page does with the browser's own JSON of WebAuthn level 3. Strings, since they run in the page. */
const CREATE = `async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}`;
const GET = `async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}`;

describeInBrowser('a passkey in a browser', () => {
  let pages: Server;
  let app: TestApp;
  let browser: Browser;
  let visitor: Visit;
  let page: Page;
  let devtools: CDPSession;

  beforeAll(async () => {
    pages = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>App</title>'));
    await once(pages.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://localhost:${(pages.address() as AddressInfo).port}`;
    app = await startApp({ env: { PASSKEY_RP_ID: 'localhost', PASSKEY_ORIGINS: origin } });
    browser = await launchBrowser();
    visitor = await visit(browser, origin);
  }, 120_000);
  afterAll(async () => {
    await visitor?.close();
    await browser?.close();
    await app?.close();
    pages?.close();
  });

  beforeEach(async () => {
    page = await visitor.open('/');
    devtools = await visitor.context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
  });

  /** An authenticator of the device. Returns its id. */
  async function plugIn({ isUserVerified = true, isSynced = true } = {}): Promise<string> {
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified, defaultBackupEligibility: isSynced, defaultBackupState: isSynced },
      },
    });
    return authenticatorId;
  }

  /** Runs a function of the page with options, which it gets as plain JSON. */
  const run = (source: string, options: unknown): Promise<unknown> =>
    page.evaluate(`(${source})(${JSON.stringify(options)})`);

  async function add({ headers }: Person): Promise<number> {
    const options = await app.http.post('/api/users/me/passkeys/options', { headers });
    const credential = await run(CREATE, options.body.data);
    const answer = await app.http.post('/api/users/me/passkeys', { headers, json: { credential } });
    return answer.status;
  }

  async function logIn() {
    const options = await app.http.post('/api/auth/passkey/options');
    const credential = await run(GET, options.body.data);
    return app.http.post('/api/auth/passkey', { json: { credential } });
  }

  it.each([true, false])('is created, and logs in again and again (synced: %s)', async (isSynced) => {
    await plugIn({ isSynced });
    const person = await verifiedPerson(app);
    expect(await add(person)).toBe(201);
    const list = await app.http.get('/api/users/me/passkeys', { headers: person.headers });
    expect(list.body.data).toMatchObject([{ synced: isSynced }]);
    for (let i = 0; i < 3; i++) {
      const login = await logIn();
      expect(login).toMatchObject({ status: 200, body: { data: { user: { id: person.id } } } });
      const me = await app.http.get('/api/users/me', { headers: bearer(login.body.data.token) });
      expect(me.body.data.id).toBe(person.id);
    }
    expect(visitor.errors).toEqual([]);
  });

  it('is not created twice by one authenticator', async () => {
    await plugIn();
    const person = await verifiedPerson(app);
    expect(await add(person)).toBe(201);
    await expect(add(person)).rejects.toThrow(/InvalidStateError/);
  });

  it('is not created where the user was not verified', async () => {
    await plugIn({ isUserVerified: false });
    await expect(add(await verifiedPerson(app))).rejects.toThrow(/NotAllowedError/);
  });

  it('logs in as the user who chooses it, of two on one device', async () => {
    const authenticatorId = await plugIn();
    const [first, second] = [await verifiedPerson(app), await verifiedPerson(app)];
    expect([await add(first), await add(second)]).toEqual([201, 201]);
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    const handleOf = ({ id }: Person): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64');
    const other = credentials.find(({ userHandle }) => userHandle === handleOf(second));
    await devtools.send('WebAuthn.removeCredential', { authenticatorId, credentialId: other?.credentialId ?? '' });
    expect(await logIn()).toMatchObject({ status: 200, body: { data: { user: { id: first.id } } } });
  });
});
