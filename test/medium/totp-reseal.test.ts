import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretSeal } from '../../src/common/secret-seal.js';
import { SecondFactors } from '../../src/modules/second-factor/second-factors.js';
import { TotpResealJob } from '../../src/modules/second-factor/totp-reseal.job.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, TEST_APP_SECRET, type TestDatabase } from '../support/database.js';
import { type Authenticator, insertTotp } from '../support/second-factor.js';

const NEW_SECRET = 'another-secret-of-the-tests-and-nothing-else';
const HOLDERS = 450;

describe('a change of APP_SECRET', () => {
  const clock = new TestClock();
  const holders: { readonly id: string; readonly authenticator: Authenticator }[] = [];
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
    const before = await startApp({ clock, database });
    for (let n = 0; n < HOLDERS; n++) {
      const { id } = await insertAccount(database);
      holders.push({ id, authenticator: await insertTotp(before, clock, id) });
    }
    await before.close();
    await database.connect();
  });
  afterAll(() => database.close());

  /** Whether the server accepts the code that the holder's app shows. */
  async function accepts(app: TestApp, holder: (typeof holders)[number] | undefined): Promise<boolean> {
    clock.advance(30);
    const user = { id: holder?.id ?? '', totpEnabledAt: clock.now() };
    const factors = app.nest.get(SecondFactors, { strict: false });
    return factors.prove(user, holder?.authenticator.code(), CALLER).then(
      () => true,
      () => false,
    );
  }

  async function startWith(secretSeal: SecretSeal, env: Record<string, string>): Promise<TestApp> {
    await database.connect();
    return startApp({ clock, database, secretSeal, env: { METRICS_ENABLED: 'true', ...env } });
  }

  it('seals all secrets of authenticator apps again, and says when the old one is not needed any more', async () => {
    const env = { APP_SECRET: NEW_SECRET, APP_SECRET_PREVIOUS: TEST_APP_SECRET };
    const app = await startWith(new SecretSeal(NEW_SECRET, TEST_APP_SECRET), env);
    await app.nest.get(TotpResealJob, { strict: false }).reseal();
    expect((await app.http.get('/health')).body).toMatchObject({ needingAppSecretPrevious: 0 });
    expect(app.logLines.join('\n')).toContain('APP_SECRET_PREVIOUS is not needed for them');
    await app.close();

    const after = await startWith(new SecretSeal(NEW_SECRET), { APP_SECRET: NEW_SECRET });
    expect(await accepts(after, holders[0])).toBe(true);
    expect(await accepts(after, holders.at(-1))).toBe(true);
    expect((await after.http.get('/health')).body).not.toHaveProperty('needingAppSecretPrevious');
    await after.close();
  });

  it('counts secrets that open under neither, refuses their codes, and logs it', async () => {
    const [lost] = holders;
    await database.connect();
    const foreign = new SecretSeal('a secret that no one kept, of some length').seal(
      Buffer.alloc(20),
      `totp ${lost?.id}`,
    );
    await database.query('UPDATE totp_factors SET sealed_secret = $2, sealed_under = $3 WHERE user_id = $1', [
      lost?.id,
      foreign,
      Buffer.alloc(8),
    ]);
    const env = { APP_SECRET: NEW_SECRET, APP_SECRET_PREVIOUS: TEST_APP_SECRET };
    const app = await startWith(new SecretSeal(NEW_SECRET, TEST_APP_SECRET), env);
    await app.nest.get(TotpResealJob, { strict: false }).reseal();
    expect((await app.http.get('/health')).body).toMatchObject({ needingAppSecretPrevious: 1 });
    expect(await accepts(app, lost)).toBe(false);
    expect(app.logLines.join('\n')).toContain('APP_SECRET does not open the secret of an authenticator app');
    expect((await app.http.get('/metrics')).text).toMatch(/^stagedoor_totp_secrets_unreadable_total 1$/m);
    await app.close();
  });
});
