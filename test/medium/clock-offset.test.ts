import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ClockOffset } from '../../src/database/clock-offset.js';
import { SigningKeyStore } from '../../src/modules/tokens/signing-key-store.js';
import { UnverifiedAccountPurgeJob } from '../../src/modules/users/unverified-account-purge.job.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { onPostgres } from '../support/database.js';

const DAY_MS = 86_400_000;

/** Runs `work` on a machine whose clock is wrong by this much. */
async function withClockOff<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const rightNow = Date.now.bind(Date);
  const wrong = vi.spyOn(Date, 'now').mockImplementation(() => rightNow() + ms);
  try {
    return await work();
  } finally {
    wrong.mockRestore();
  }
}

// The embedded database asks the clock of the process.
describe.runIf(onPostgres())('an instance whose clock is wrong', () => {
  let app: TestApp;
  let offset: ClockOffset;
  beforeAll(async () => {
    app = await startApp({ env: { UNVERIFIED_ACCOUNT_DAYS: '7' } });
    // Only the tests measure.
    stopBackgroundWork(app);
    offset = app.nest.get(ClockOffset);
  });
  afterAll(() => app.close());

  const warnings = (): string[] => app.logLines.filter((line) => line.includes('The clock of this machine is'));

  it('measures no offset while it is right', async () => {
    await offset.measure();
    expect(Math.abs(offset.seconds)).toBeLessThan(5);
    expect((await app.http.get('/health/ready')).status).toBe(200);
    expect(warnings()).toEqual([]);
  });

  it.each([
    ['behind', -20],
    ['ahead of', 20],
  ])('warns above five seconds: %s', async (direction, seconds) => {
    await withClockOff(seconds * 1000, () => offset.measure());
    expect(offset.seconds).toBeCloseTo(seconds, -1);
    expect(warnings().at(-1)).toMatch(new RegExp(`is \\d+ s ${direction} the database's: check NTP`));
    expect((await app.http.get('/health/ready')).status).toBe(200);
  });

  it('is not ready above a minute, until the clock is right again', async () => {
    await withClockOff(90_000, () => offset.measure());
    expect((await app.http.get('/health/ready')).status).toBe(503);
    await offset.measure();
    expect((await app.http.get('/health/ready')).status).toBe(200);
  });

  it('deletes no signing key', async () => {
    const store = app.nest.get(SigningKeyStore, { strict: false });
    const kids = (await store.list()).map(({ kid }) => kid);
    expect(await withClockOff(35 * DAY_MS, () => store.deleteExpired(kids))).toBe(false);
    expect((await store.list()).map(({ kid }) => kid)).toEqual(kids);
  });

  it('deletes no account, until the clock is right again', async () => {
    const { id } = await insertAccount(app.database);
    await app.database.query(`UPDATE users SET verification_sent_at = now() - interval '8 days' WHERE id = $1`, [id]);
    const job = app.nest.get(UnverifiedAccountPurgeJob, { strict: false });
    await withClockOff(90_000, () => offset.measure());
    expect(await job.purge()).toBe(0);
    await offset.measure();
    expect(await job.purge()).toBe(1);
  });
});
