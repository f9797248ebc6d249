import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { longestAccessTokenLifetime } from '../../src/config/access-token-lifetime.js';
import { readConfig } from '../../src/config/read-config.js';
import { ClockOffset } from '../../src/database/clock-offset.js';
import { EmailCodePurgeJob } from '../../src/modules/email-codes/email-code-purge.job.js';
import { KnownNetworks } from '../../src/modules/known-networks/known-networks.js';
import { OutboxQueue } from '../../src/modules/outbox/outbox-queue.js';
import { SpentChallengePurgeJob } from '../../src/modules/passkeys/spent-challenge-purge.job.js';
import { Revocations } from '../../src/modules/revocations/revocations.js';
import { AuditTrail } from '../../src/modules/security-events/audit-trail.js';
import { RefreshTokenPurgeJob } from '../../src/modules/sessions/refresh-token-purge.job.js';
import { UnverifiedAccountPurgeJob } from '../../src/modules/users/unverified-account-purge.job.js';
import { type Account, count, insertAccount } from '../support/accounts.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { onPostgres } from '../support/database.js';

const MINUTE = 60;
const DAY = 86_400;

const clock = new TestClock();
let app: TestApp;
let account: Account;
beforeAll(async () => {
  app = await startApp({ clock, env: { AUDIT_RETENTION_DAYS: '40', UNVERIFIED_ACCOUNT_DAYS: '7' } });
  stopBackgroundWork(app);
  // The start itself has events, which would be written among the rows of a test.
  await app.nest.get(AuditTrail, { strict: false }).flush();
  account = await insertAccount(app.database);
});
afterAll(() => app.close());

/** Inserts sessions that expired `secondsAgo` by the clock of the database. */
async function insertSessions(secondsAgo: number, rows = 1): Promise<void> {
  await app.database.query(
    `INSERT INTO sessions (id, user_id, created_at, expires_at)
     SELECT gen_random_uuid(), $1, now() - interval '99 days', now() - make_interval(secs => $2)
       FROM generate_series(1, $3)`,
    [account.id, secondsAgo, rows],
  );
}
const left = (): Promise<number> => count(app.database, 'sessions');
const purge = (): Promise<number> => app.nest.get(RefreshTokenPurgeJob, { strict: false }).purge();

/** Lets the database note how many spent refresh tokens each statement deletes, and in which transaction. */
async function logDeletedTokens(): Promise<() => Promise<void>> {
  for (const statement of [
    'CREATE TABLE deleted_tokens (transaction text, rows bigint)',
    `CREATE FUNCTION log_deleted_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO deleted_tokens SELECT pg_current_xact_id()::text, count(*) FROM gone;
       RETURN NULL;
     END $$`,
    `CREATE TRIGGER log_deleted_tokens AFTER DELETE ON spent_refresh_tokens REFERENCING OLD TABLE AS gone
       FOR EACH STATEMENT EXECUTE FUNCTION log_deleted_tokens()`,
  ]) {
    await app.database.query(statement);
  }
  return async () => {
    await app.database.query('DROP TRIGGER log_deleted_tokens ON spent_refresh_tokens');
    await app.database.query('DROP FUNCTION log_deleted_tokens');
    await app.database.query('DROP TABLE deleted_tokens');
  };
}

describe('SECURITY 12: the purge of sessions', () => {
  beforeEach(() => app.database.query('DELETE FROM sessions'));

  it('deletes what has expired, and neither the rest nor its user', async () => {
    await insertSessions(MINUTE);
    await insertSessions(-MINUTE);
    expect(await purge()).toBe(1);
    expect(await left()).toBe(1);
    expect(await count(app.database, 'sessions WHERE expires_at > now()')).toBe(1);
    expect(await count(app.database, 'users WHERE id = $1', [account.id])).toBe(1);
  });

  it('goes by the clock of the database, not by the application’s', async () => {
    await insertSessions(-MINUTE);
    clock.advance(400 * DAY);
    expect(await purge()).toBe(0);
  });

  it.each([0, 999, 1000, 2500])('deletes %i rows in batches of 1,000', async (rows) => {
    await insertSessions(MINUTE, rows);
    await insertSessions(-MINUTE, 3);
    expect(await purge()).toBe(rows);
    expect(await left()).toBe(3);
  });

  it('revokes nothing: no token of an expired session is valid', async () => {
    await insertSessions(MINUTE);
    const before = await count(app.database, 'revocations');
    expect(await purge()).toBe(1);
    expect(await count(app.database, 'revocations')).toBe(before);
  });

  it('deletes their spent refresh tokens before them, at most 1,000 in a transaction', async () => {
    await insertSessions(MINUTE, 3);
    await insertSessions(-MINUTE);
    await app.database.query(
      `INSERT INTO spent_refresh_tokens (token_hash, session_id, slot)
       SELECT uuid_send(gen_random_uuid()), id, n FROM sessions, generate_series(0, 899) AS n`,
    );
    const removeLog = await logDeletedTokens();
    expect(await purge()).toBe(3);
    expect(await left()).toBe(1);
    const ofTheLive = 'spent_refresh_tokens WHERE session_id = (SELECT id FROM sessions)';
    expect([await count(app.database, 'spent_refresh_tokens'), await count(app.database, ofTheLive)]).toEqual([
      900, 900,
    ]);
    const transactions = await app.database.query<{ rows: number }>(
      'SELECT sum(rows)::int AS rows FROM deleted_tokens GROUP BY transaction HAVING sum(rows) > 0 ORDER BY 1',
    );
    expect(transactions.map(({ rows }) => rows)).toEqual([700, 1000, 1000]);
    await removeLog();
  });

  describe.runIf(onPostgres())('on PostgreSQL', () => {
    it('deletes each row once on several instances', async () => {
      await insertSessions(MINUTE, 5000);
      await insertSessions(-MINUTE, 7);
      const deleted = await Promise.all([purge(), purge(), purge(), purge()]);
      expect(deleted.reduce((sum, part) => sum + part)).toBe(5000);
      expect(await left()).toBe(7);
    });

    it('skips a locked row instead of waiting for it', async () => {
      await insertSessions(MINUTE, 5);
      await app.database.transaction(async (manager) => {
        await manager.query('SELECT id FROM sessions ORDER BY id LIMIT 2 FOR UPDATE');
        expect(await purge()).toBe(3);
      });
      expect(await purge()).toBe(2);
    });

    it('deletes nothing while the clock of the machine is more than a minute off', async () => {
      await insertSessions(MINUTE);
      const offset = app.nest.get(ClockOffset);
      const rightNow = Date.now.bind(Date);
      vi.spyOn(Date, 'now').mockImplementation(() => rightNow() + 35 * DAY * 1000);
      await offset.measure();
      expect(await purge()).toBe(0);
      vi.restoreAllMocks();
      await offset.measure();
      expect(await purge()).toBe(1);
    });
  });
});

const NOW_LESS = 'now() - make_interval(secs => $1)';

/** The tables of the other purges: how long a row is kept, and how to insert one of that age. */
const KEPT: [what: string, table: string, seconds: number, insert: string, purge: () => Promise<number>][] = [
  [
    'security events for AUDIT_RETENTION_DAYS',
    'audit_events',
    40 * DAY,
    `(id, event, details, created_at) VALUES ($2, 'login.failed', '{}', ${NOW_LESS})`,
    () => app.nest.get(AuditTrail, { strict: false }).purge(),
  ],
  [
    'revocations for as long as a token may be valid, and five minutes',
    'revocations',
    longestAccessTokenLifetime(readConfig({})) + 5 * MINUTE,
    `(transaction_id, kind, subject, revoked_at) VALUES (1, 'session', $2, ${NOW_LESS})`,
    () => app.nest.get(Revocations, { strict: false }).purge(),
  ],
  [
    'messages for 30 days',
    'outbox_messages',
    30 * DAY,
    `(id, kind, status, attempts, due_at, give_up_at, created_at)
     VALUES ($2, 'letter', 'sent', 1, now(), now(), ${NOW_LESS})`,
    () => app.nest.get(OutboxQueue, { strict: false }).purge(),
  ],
  [
    'mailed codes until they expire',
    'email_codes',
    0,
    `(id, kind, user_id, code_digest, created_at, expires_at)
     VALUES ($2, 'reset', (SELECT id FROM users LIMIT 1), uuid_send($2), now(), ${NOW_LESS})`,
    () => app.nest.get(EmailCodePurgeJob, { strict: false }).purge(),
  ],
  [
    'spent challenges of passkeys for two minutes more than they are valid',
    'spent_passkey_challenges',
    2 * MINUTE,
    `(id, expires_at) VALUES ($2, ${NOW_LESS})`,
    () => app.nest.get(SpentChallengePurgeJob, { strict: false }).purge(),
  ],
  [
    'known networks for 90 days',
    'known_networks',
    90 * DAY,
    `(user_id, network, last_login_at) VALUES ((SELECT id FROM users LIMIT 1), $2, ${NOW_LESS})`,
    () => app.nest.get(KnownNetworks, { strict: false }).purge(),
  ],
];

describe('a purge by the clock of the database', () => {
  it.each(KEPT)('keeps %s', async (_, table, seconds, insert, purgeTable) => {
    await app.database.query(table === 'audit_events' ? 'TRUNCATE audit_events' : `DELETE FROM ${table}`);
    await app.database.query(`INSERT INTO ${table} ${insert}`, [seconds + 30, newId()]);
    expect(await purgeTable()).toBe(1);
    await app.database.query(`INSERT INTO ${table} ${insert}`, [seconds - 30, newId()]);
    expect(await purgeTable()).toBe(0);
    expect(await count(app.database, table)).toBe(1);
  });

  it('deletes users whose address was not verified within UNVERIFIED_ACCOUNT_DAYS', async () => {
    const late = await insertAccount(app.database);
    const kept = await Promise.all([
      insertAccount(app.database),
      insertAccount(app.database, { role: 'admin' }),
      insertAccount(app.database, { isVerified: true }),
      insertAccount(app.database),
    ]);
    const mailed = async ({ id }: Account, secondsAgo: number): Promise<unknown> =>
      app.database.query(`UPDATE users SET verification_sent_at = now() - make_interval(secs => $2) WHERE id = $1`, [
        id,
        secondsAgo,
      ]);
    for (const one of [late, ...kept.slice(1, 3)]) await mailed(one, 7 * DAY + 30);
    await mailed(kept[0], 7 * DAY - 30);
    expect(await app.nest.get(UnverifiedAccountPurgeJob, { strict: false }).purge()).toBe(1);
    expect(await count(app.database, 'users WHERE id = $1', [late.id])).toBe(0);
    expect(await count(app.database, 'users WHERE id = ANY($1)', [kept.map(({ id }) => id)])).toBe(4);
  });
});
