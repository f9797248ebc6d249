import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { ApiKeyVerifier } from '../../src/modules/api-keys/api-key-verifier.js';
import { API_KEYS_PER_USER_MAX } from '../../src/common/limits.js';
import { ApiKeysService } from '../../src/modules/api-keys/api-keys.service.js';
import { LastUsedWriter } from '../../src/database/last-used-writer.js';
import { type Account, count, insertAccount, insertSession } from '../support/accounts.js';
import { recordQueries } from '../support/queries.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { TestClock } from '../support/clock.js';

let app: TestApp;
let clock: TestClock;
let keys: ApiKeysService;
let verifier: ApiKeyVerifier;
beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock });
  stopBackgroundWork(app);
  keys = app.nest.get(ApiKeysService);
  verifier = app.nest.get(ApiKeyVerifier);
});
afterAll(() => app.close());

async function someone(): Promise<Account> {
  const account = await insertAccount(app.database);
  await insertSession(app.database, account);
  return account;
}

describe('API keys', () => {
  it('are limited to a hundred a user, also when they are created concurrently', async () => {
    const [account, bystander] = [await someone(), await someone()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: API_KEYS_PER_USER_MAX + 20 }, () => keys.create(account.principal, {})),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(20);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'api_key_limit_reached' });
    expect(await count(app.database, 'api_keys WHERE user_id = $1', [account.id])).toBe(100);
    await expect(keys.create(bystander.principal, {})).resolves.toBeDefined();
  });

  it('can be created again after one was deleted', async () => {
    const account = await someone();
    const made = await Promise.all(
      Array.from({ length: API_KEYS_PER_USER_MAX }, () => keys.create(account.principal, {})),
    );
    await expect(keys.create(account.principal, {})).rejects.toMatchObject({ code: 'api_key_limit_reached' });
    await keys.delete(account.principal, made[0].key.keyId);
    await expect(keys.create(account.principal, {})).resolves.toBeDefined();
  });

  it('are stored as hashes: no value of the row is a valid key', async () => {
    const { key, secret } = await keys.create((await someone()).principal, {});
    const [row] = await app.database.query('SELECT k::text AS text FROM api_keys k WHERE id = $1', [key.id]);
    expect(row.text).not.toContain(secret.slice(8, 40));
    expect(row.text).toContain(key.keyId);
  });

  it('cannot be created expired', async () => {
    const { principal } = await someone();
    await expect(keys.create(principal, { expiresAt: clock.now() })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('the last use of a key', () => {
  let recorder: LastUsedWriter;
  beforeAll(() => {
    recorder = app.nest.get(LastUsedWriter);
  });

  async function newKey(): Promise<{ id: string; keyId: string; secret: string; account: Account }> {
    const account = await someone();
    const { key, secret } = await keys.create(account.principal, {});
    return { id: key.id, keyId: key.keyId, secret, account };
  }
  const lastUsed = async (account: Account): Promise<Date | null | undefined> =>
    (await keys.list(account.principal))[0]?.lastUsedAt;

  it('is null for a new key, and set after a use', async () => {
    const { secret, account } = await newKey();
    await recorder.flush();
    expect(await lastUsed(account)).toBeNull();
    await verifier.verify(secret, CALLER);
    await recorder.flush();
    expect(await lastUsed(account)).toEqual(clock.now());
  });

  it('is written by one statement, however many calls and keys there were', async () => {
    const made = await Promise.all([newKey(), newKey(), newKey()]);
    await recorder.flush();
    for (let call = 0; call < 50; call++) await verifier.verify(made[call % 3].secret, CALLER);
    const queries = recordQueries(app.database.dataSource);
    await recorder.flush();
    await recorder.flush();
    expect(queries.filter(({ text }) => text.includes('last_used_at'))).toHaveLength(1);
    for (const { account } of made) expect(await lastUsed(account)).toEqual(clock.now());
  });

  it('only moves forward, in whatever order it is written', async () => {
    const { id, account } = await newKey();
    const later = addSeconds(clock.now(), 60);
    recorder.record('api_keys', id, later);
    recorder.record('api_keys', id, clock.now());
    await recorder.flush();
    expect(await lastUsed(account)).toEqual(later);
    recorder.record('api_keys', id, clock.now());
    await recorder.flush();
    expect(await lastUsed(account)).toEqual(later);
  });

  it('is written at the next attempt when the database is unreachable, with later uses', async () => {
    const { secret, account } = await newKey();
    await verifier.verify(secret, CALLER);
    const query = vi.spyOn(app.database, 'query').mockRejectedValueOnce(new Error('Connection terminated'));
    try {
      await recorder.flush();
    } finally {
      query.mockRestore();
    }
    expect(await lastUsed(account)).toBeNull();
    await recorder.flush();
    expect(await lastUsed(account)).toEqual(clock.now());
  });
});
