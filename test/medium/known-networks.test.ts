import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownNetworks } from '../../src/modules/known-networks/known-networks.js';
import { SessionsService } from '../../src/modules/sessions/sessions.service.js';
import { type Account, count, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { callerFrom } from '../support/caller.js';
import { TestClock } from '../support/clock.js';

const DAY = 86_400;

const NO_FACTOR = { emailVerifiedAt: null, totpEnabledAt: null, passkeyCount: 0 };

describe('SECURITY 5: the networks that a user has logged in from', () => {
  const clock = new TestClock();
  let app: TestApp;
  let networks: KnownNetworks;
  let account: Account;
  beforeAll(async () => {
    app = await startApp({ clock });
    networks = app.nest.get(KnownNetworks, { strict: false });
  });
  afterAll(() => app.close());

  const someone = async (): Promise<Account> => (account = await insertAccount(app.database));
  const logIn = (ip: string, { id, principal: { role } } = account): Promise<unknown> =>
    app.nest
      .get(SessionsService)
      .open({ user: { id, role, ...NO_FACTOR }, proof: { kind: 'identity' } }, callerFrom(ip));
  const knows = (ip: string, userId = account.id): Promise<boolean> => networks.isKnown(userId, callerFrom(ip));
  const rows = (): Promise<object[]> =>
    app.database.query('SELECT network, last_login_at FROM known_networks WHERE user_id = $1', [account.id]);

  it('are known by the /24 of an IPv4 and the /48 of an IPv6 address, for that user only', async () => {
    const other = await someone();
    await someone();
    await logIn('192.0.2.7');
    await logIn('2001:db8:1:2::7');
    expect(await Promise.all(['192.0.2.200', '2001:db8:1:ffff::1'].map((ip) => knows(ip)))).toEqual([true, true]);
    expect(await Promise.all(['192.0.3.7', '2001:db8:2:2::7'].map((ip) => knows(ip)))).toEqual([false, false]);
    expect(await knows('192.0.2.7', other.id)).toBe(false);
    expect(await networks.isKnown(undefined, callerFrom('192.0.2.7'))).toBe(false);
  });

  it('are written at most once a day', async () => {
    await someone();
    await logIn('192.0.2.7');
    const first = { network: '192.0.2.0', last_login_at: clock.now() };
    clock.advance(DAY - 1);
    await logIn('192.0.2.8');
    expect(await rows()).toEqual([first]);
    clock.advance(1);
    await logIn('192.0.2.9');
    expect(await rows()).toEqual([{ network: '192.0.2.0', last_login_at: clock.now() }]);
  });

  it('are recorded once by logins at the same time', async () => {
    await someone();
    await Promise.all(Array.from({ length: 10 }, (_, i) => logIn(`192.0.2.${i}`)));
    expect(await count(app.database, 'sessions WHERE user_id = $1', [account.id])).toBe(10);
    expect(await rows()).toHaveLength(1);
  });

  it('are not recorded by a login that is refused', async () => {
    await someone();
    await app.database.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [account.id]);
    await expect(logIn('192.0.2.7')).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await rows()).toEqual([]);
  });

  it('are forgotten after 90 days', async () => {
    await someone();
    const row = async (network: string, daysAgo: number): Promise<unknown> =>
      app.database.query('INSERT INTO known_networks VALUES ($1, $2, $3)', [
        account.id,
        network,
        new Date(clock.now().getTime() - daysAgo * DAY * 1000),
      ]);
    await row('192.0.2.0', 90);
    await row('198.51.100.0', 89.9);
    expect(await Promise.all(['192.0.2.7', '198.51.100.7'].map((ip) => knows(ip)))).toEqual([false, true]);
  });

  it('go with the account', async () => {
    await someone();
    await logIn('192.0.2.7');
    await app.database.query('DELETE FROM users WHERE id = $1', [account.id]);
    expect(await rows()).toEqual([]);
  });
});
