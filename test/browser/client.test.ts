import type { IncomingMessage } from 'node:http';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { type ClientPage, serveClientPage } from '../support/client-page.js';
import { TestClock } from '../support/clock.js';
import { freshEmail, PASSWORD, type Person, signUp } from '../support/people.js';

const TTL_SECONDS = 3600;
const REFRESH = '**/api/auth/refresh';
/** What runs in a page is a string: the client is there, not here. */
const ME = 'api.me().then(({ email }) => email, ({ code }) => code)';

describeInBrowser('the client in the tabs of a browser, on another origin than the server', () => {
  const clock = new TestClock(new Date());
  let pages: ClientPage;
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let person: Person;
  let first: Page;
  let second: Page;
  /** What the server got from the tabs, without the preflights of CORS. A page may miss events of its own requests. */
  let sent: string[] = [];

  beforeAll(async () => {
    pages = await serveClientPage();
    app = await startApp({ clock, env: { REFRESH_TOKEN_ROTATION: 'true', CORS_ORIGINS: pages.origin } });
    app.nest.getHttpServer().on('request', ({ method, url, headers }: IncomingMessage) => {
      if (headers.origin === pages.origin && method !== 'OPTIONS') sent.push(`${method} ${url?.split('?')[0]}`);
    });
    pages.serveFor(app.url);
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    pages?.close();
  });

  beforeEach(async () => {
    context = await browser.newContext({ baseURL: pages.origin });
    context.setDefaultTimeout(120_000);
    person = await signUp(app);
    first = await open();
    await first.evaluate(`api.logIn(${JSON.stringify({ email: person.email, password: PASSWORD })})`);
    second = await open();
    expect(await second.evaluate(ME)).toBe(person.email);
    sent = [];
  });
  afterEach(() => context.close());

  async function open(): Promise<Page> {
    const page = await context.newPage();
    await page.goto('/');
    await page.waitForFunction('globalThis.users');
    return page;
  }

  const count = (call: string): number => sent.filter((one) => one === call).length;

  it('renews an expired token once for all tabs and all calls', async () => {
    clock.advance(TTL_SECONDS + 1);
    // The refresh is held back until both tabs have got a 401 and want one.
    const refused = [first, second].map((tab) => tab.waitForResponse((response) => response.status() === 401));
    await context.route(REFRESH, async (route) => {
      await Promise.all(refused);
      await route.continue();
    });
    const calls = [first, second, first, second].map((tab) => tab.evaluate(ME));
    expect(await Promise.all(calls)).toEqual(Array(4).fill(person.email));
    expect(count('POST /api/auth/refresh')).toBe(1);
  });

  it('renews a minute before the token expires, so that no call is refused', async () => {
    const statuses: number[] = [];
    context.on('response', (response) => statuses.push(response.status()));
    const now = Date.now();
    for (const tab of [first, second]) await tab.clock.setFixedTime(now + (TTL_SECONDS - 30) * 1000);
    expect(await first.evaluate(ME)).toBe(person.email);
    expect(await second.evaluate(ME)).toBe(person.email);
    expect(count('POST /api/auth/refresh')).toBe(1);
    expect(statuses.filter((status) => status >= 400)).toEqual([]);
  });

  it('loses no session with the response to a refresh', async () => {
    clock.advance(TTL_SECONDS + 1);
    // The server gets the request and replaces the token, but the page never sees the response.
    const lose = async (route: Route): Promise<void> => {
      await route.fetch();
      await route.abort('connectionreset');
    };
    await context.route(REFRESH, lose, { times: 1 });
    expect(await first.evaluate(ME)).toBe(person.email);
    expect(count('POST /api/auth/refresh')).toBe(2);

    // Twice in a row: the call fails, the session stays.
    clock.advance(TTL_SECONDS + 1);
    await context.route(REFRESH, lose, { times: 2 });
    expect(await first.evaluate(ME)).toBe('network_error');
    expect(await second.evaluate(ME)).toBe(person.email);
    expect(await first.evaluate(ME)).toBe(person.email);
    expect(await first.evaluate('users')).toEqual([person.id]);
  });

  it('lets another tab renew when the one that renews is closed', async () => {
    clock.advance(TTL_SECONDS + 1);
    let reached = (): void => undefined;
    const atServer = new Promise<void>((resolve) => (reached = resolve));
    await context.route(
      REFRESH,
      async (route) => {
        await route.fetch();
        reached();
      },
      { times: 1 },
    );
    const closed = first.evaluate(ME).catch(() => 'closed');
    await atServer;
    const other = second.evaluate(ME);
    await first.close();
    expect(await other).toBe(person.email);
    expect(await closed).toBe('closed');
  });

  it('keeps the session while the server is overloaded', async () => {
    clock.advance(TTL_SECONDS + 1);
    const headers = { 'access-control-allow-origin': pages.origin, 'access-control-expose-headers': 'retry-after' };
    const overloaded = { status: 503, json: { code: 'overloaded' }, headers: { ...headers, 'retry-after': '2' } };
    await context.route(REFRESH, (route) => route.fulfill(overloaded), { times: 1 });
    const failed = 'api.me().catch(({ code, status, retryAfter }) => [code, status, retryAfter])';
    expect(await first.evaluate(failed)).toEqual(['overloaded', 503, 2]);
    expect(await first.evaluate(ME)).toBe(person.email);
  });

  it('logs every tab out at once, and revokes the session', async () => {
    await first.evaluate('api.logOut()');
    await second.waitForFunction('users.length === 1');
    expect(await second.evaluate('users')).toEqual([null]);
    expect(await second.evaluate('api.userId()')).toBeUndefined();
    expect(await second.evaluate(ME)).toBe('authentication_required');
    expect(sent).toEqual(['POST /api/auth/logout', 'GET /api/users/me']);
    expect(await (await open()).evaluate(ME)).toBe('authentication_required');
    const sessions = await app.http.get('/api/auth/sessions', { headers: person.headers });
    // That of the sign-up is left.
    expect(sessions.body.data).toHaveLength(1);
  });

  it('logs every tab out when the session was revoked elsewhere', async () => {
    await app.http.delete('/api/auth/sessions', { headers: person.headers });
    expect(await second.evaluate(ME)).toBe('invalid_token');
    await first.waitForFunction('users.at(-1) === null');
    expect(sent).toEqual(['GET /api/users/me', 'POST /api/auth/refresh']);
  });

  it('sends a wrong password once, although that is a 401 too', async () => {
    const change = { currentPassword: 'not the password', newPassword: 'quiet-Harbour-43' };
    const code = await first.evaluate(`api.changePassword(${JSON.stringify(change)}).catch(({ code }) => code)`);
    expect([code, sent]).toEqual(['invalid_credentials', ['POST /api/users/me/password']]);
  });

  it('tells every tab that another user has logged in', async () => {
    const other = { email: freshEmail(), name: 'Another User', password: PASSWORD };
    const { user } = await second.evaluate<{ user: { id: string } }>(`api.signUp(${JSON.stringify(other)})`);
    await first.waitForFunction(`users.at(-1) === '${user.id}'`);
    expect(await first.evaluate(ME)).toBe(other.email);
  });

  it('reads the version of an artist and its pages across origins', async () => {
    const names = await first.evaluate(`(async () => {
      for (const name of ['One', 'Two', 'Three']) await api.createArtist({ name });
      const found = [];
      for await (const { name } of api.artists({ size: 2 })) found.push(name);
      return found;
    })()`);
    expect(names).toEqual(['Three', 'Two', 'One']);
    expect(count('GET /api/artists')).toBe(2);
    const conflict = await first.evaluate(`(async () => {
      const [{ id }] = (await api.listArtists({ size: 1 })).data;
      const { response } = await api.withResponse.showArtist(id);
      const headers = { 'if-match': response.headers.get('etag') };
      await api.updateArtist(id, { name: 'Three!' }, { headers });
      return api.updateArtist(id, { name: 'Four' }, { headers }).catch(({ code }) => code);
    })()`);
    expect(conflict).toBe('precondition_failed');
  });
});
