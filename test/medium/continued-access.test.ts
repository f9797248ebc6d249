import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/common/domain-error.js';
import { newId } from '../../src/common/ids.js';
import type { Principal } from '../../src/common/principal.js';
import { type AccountExport, AccountExportService } from '../../src/modules/accounts/account-export.service.js';
import { UserImportService } from '../../src/modules/user-import/user-import.service.js';
import { CatalogueExportService } from '../../src/modules/catalogue/catalogue-export.service.js';
import { CatalogueImportService } from '../../src/modules/catalogue/catalogue-import.service.js';
import { Revocations } from '../../src/modules/revocations/revocations.js';
import { Authenticator } from '../../src/modules/auth/authenticator.js';
import { ApiKeysService } from '../../src/modules/api-keys/api-keys.service.js';
import { insertAccount, insertSession } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ env: { SECOND_FACTOR_REQUIRED_FOR: 'user' } });
});
afterAll(() => app.close());

const service = <T>(type: new (...args: never[]) => T): T => app.nest.get<T>(type, { strict: false });

async function openSession(): Promise<Principal> {
  const account = await insertAccount(app.database, { role: 'SUPER_ADMIN' });
  await insertSession(app.database, account);
  return account.principal;
}

/** Deletes a session without a revocation, so that memory lacks it as it does once the session's tokens have expired. */
async function deleteForgotten({ sessionId = '' }: Principal): Promise<void> {
  await app.database.transaction(async (manager) => {
    await manager.query(`SELECT set_config('stagedoor.purging', 'on', true)`);
    await manager.query('DELETE FROM sessions WHERE id = $1', [sessionId]);
  });
  expect(app.nest.get(Revocations).isRevoked(sessionId)).toBe(false);
}

async function insertRoster({ userId }: Principal, artists: number, songs: number): Promise<void> {
  await app.database.query(
    `WITH inserted AS (
       INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'Artist ' || i, 'active', now(), now() FROM generate_series(1, $2::int) i RETURNING id)
     INSERT INTO songs (id, artist_id, user_id, title, created_at, updated_at)
     SELECT gen_random_uuid(), id, $1, 'Song', now(), now() FROM inserted, generate_series(1, $3::int)`,
    [userId, artists, songs],
  );
}

async function readRest(rows: AsyncIterator<unknown>): Promise<void> {
  while (!(await rows.next()).done);
}

const user = () => ({ email: `${newId()}@example.com`, firstName: 'Ada', lastName: 'Lovelace' });
const artist = () => ({ name: 'Midnight', identifiers: [{ type: 'x-catalogue' as const, value: newId() }] });
/** Of a server that does not stop. */
const RUNNING = new AbortController().signal;
const ENDED = { code: 'invalid_token' };

describe('SECURITY 9: a session that memory has forgotten since it was revoked', () => {
  it('imports no more users', async () => {
    const principal = await openSession();
    const running = service(UserImportService).begin(principal);
    expect(await running.apply([user()], RUNNING)).toMatchObject([{ result: 'created' }]);
    await deleteForgotten(principal);
    await expect(running.apply([user()], RUNNING)).rejects.toMatchObject(ENDED);
    expect(running.finish()).toEqual({ created: 1, exists: 0, refused: 0 });
  });

  it('imports no more artists', async () => {
    const principal = await openSession();
    const running = service(CatalogueImportService).begin(principal);
    expect(await running.apply([artist()])).toMatchObject([{ result: 'created' }]);
    await deleteForgotten(principal);
    await expect(running.apply([artist()])).rejects.toMatchObject(ENDED);
    expect(running.finish()).toMatchObject({ created: 1 });
  });

  it.each([
    ['artists', 51, 1],
    ['songs of an artist', 1, 101],
  ])('exports no further page of %s of its catalogue', async (_, artists, songs) => {
    const principal = await openSession();
    await insertRoster(principal, artists, songs);
    const rows = service(CatalogueExportService).export(principal);
    expect((await rows.next()).done).toBe(false);
    await deleteForgotten(principal);
    await expect(readRest(rows)).rejects.toMatchObject(ENDED);
  });

  it('exports no further page of a list of its account', async () => {
    const principal = await openSession();
    await insertRoster(principal, 501, 0);
    const { artists } = await service(AccountExportService).export(principal, principal.userId);
    const rows = artists[Symbol.asyncIterator]();
    expect((await rows.next()).done).toBe(false);
    await deleteForgotten(principal);
    await expect(readRest(rows)).rejects.toMatchObject(ENDED);
  });

  it('exports no further list of its account', async () => {
    const principal = await openSession();
    const account: AccountExport = await service(AccountExportService).export(principal, principal.userId);
    const lists = Object.entries(account).filter(([, member]) => Symbol.asyncIterator in member) as [
      string,
      AsyncIterable<unknown>,
    ][];
    expect(lists.length).toBeGreaterThan(9);
    await deleteForgotten(principal);
    for (const [name, list] of lists) {
      await expect(readRest(list[Symbol.asyncIterator]()), name).rejects.toMatchObject(ENDED);
    }
  });
});

describe('an import with an API key', () => {
  /** Of a new key: the caller of its management, its id and secret, and an import that it began. */
  async function beginWithKey() {
    const owner = await openSession();
    await app.database.query('UPDATE users SET passkey_count = 1 WHERE id = $1', [owner.userId]);
    const { key, secret } = await service(ApiKeysService).create(owner, {});
    const principal = await service(Authenticator).authenticate({ apiKey: secret }, CALLER);
    if (!principal) throw new Error('The key was not accepted');
    const running = service(CatalogueImportService).begin(principal);
    expect(await running.apply([artist()])).toMatchObject([{ result: 'created' }]);
    return { owner, keyId: key.keyId, secret, running };
  }
  const rotate = ({ owner, keyId }: { owner: Principal; keyId: string }, overlapSeconds: number) =>
    service(ApiKeysService).rotate(owner, keyId, overlapSeconds);
  const REVOKED = { code: 'invalid_api_key' };

  it('ends when its owner loses the factor that is required', async () => {
    const { owner, running } = await beginWithKey();
    await app.database.query('UPDATE users SET passkey_count = 0 WHERE id = $1', [owner.userId]);
    await expect(running.apply([artist()])).rejects.toMatchObject({ code: 'second_factor_setup_required' });
  });

  it('SECURITY 24: ends when the key is rotated without an overlap', async () => {
    const begun = await beginWithKey();
    await rotate(begun, 0);
    await expect(begun.running.apply([artist()])).rejects.toMatchObject(REVOKED);
  });

  it('SECURITY 24: goes on during the overlap of a rotation, and ends with it', async () => {
    const begun = await beginWithKey();
    await rotate(begun, 600);
    expect(await begun.running.apply([artist()])).toMatchObject([{ result: 'created' }]);
    await app.database.query('UPDATE api_keys SET previous_valid_until = now() WHERE key_id = $1', [begun.keyId]);
    await expect(begun.running.apply([artist()])).rejects.toMatchObject(REVOKED);
  });

  it('SECURITY 24: ends when its secret is reported as leaked, though the new secret is valid', async () => {
    const begun = await beginWithKey();
    const { secret } = await rotate(begun, 600);
    await service(ApiKeysService).revokeLeaked(begun.owner, begun.secret);
    await expect(begun.running.apply([artist()])).rejects.toMatchObject(REVOKED);
    expect(await service(Authenticator).authenticate({ apiKey: secret }, CALLER)).toMatchObject({ keyId: begun.keyId });
  });
});

describe('an import of users, when the server stops', () => {
  it('adds no user of the batch in hand', async () => {
    const running = service(UserImportService).begin(await openSession());
    const stopped = AbortSignal.abort(new DomainError('service_unavailable'));
    await expect(running.apply([user()], stopped)).rejects.toMatchObject({ code: 'service_unavailable' });
    expect(running.finish()).toEqual({ created: 0, exists: 0, refused: 0 });
  });
});
