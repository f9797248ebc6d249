import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestContext } from '../../src/common/request-context.js';
import { readConfig } from '../../src/config/read-config.js';
import { generateApiKey } from '../../src/modules/api-keys/api-key-secret.js';
import { ApiKeyVerifier } from '../../src/modules/api-keys/api-key-verifier.js';
import { KeyCache } from '../../src/modules/api-keys/key-cache.js';
import { LastUsedWriter } from '../../src/database/last-used-writer.js';
import { KeyUses } from '../../src/modules/api-keys/key-uses.js';
import { RateLimits } from '../../src/modules/rate-limits/rate-limits.js';
import type { Revocations } from '../../src/modules/revocations/revocations.js';
import { SUPER_ADMIN, startApp, type TestApp } from '../support/app.js';
import { CALLER, callerFrom } from '../support/caller.js';
import { TestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { admin, logIn, makeKey, type Person, signUp, superAdmin } from '../support/people.js';
import { recordRequestQueries } from '../support/queries.js';

describe('API keys', () => {
  let app: TestApp;
  let clock: TestClock;
  let owner: Person;

  beforeAll(async () => {
    clock = new TestClock();
    // So that a test can call from where it likes.
    app = await startApp({ clock, env: { TRUST_PROXY: 'true' } });
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    owner = await signUp(app);
  });

  const useFrom = (key: string, ip?: string): Promise<HttpAnswer> =>
    app.http.get('/api/users/me', { headers: { ...apiKey(key), ...(ip && { 'x-forwarded-for': ip }) } });
  const statusOf = async (key: string, ip?: string): Promise<number> => (await useFrom(key, ip)).status;
  const listed = async (keyId: string): Promise<HttpAnswer['body'] | undefined> => {
    const { body } = await app.http.get('/api/auth/keys', { headers: owner.headers });
    return body.data.find((key) => key.keyId === keyId);
  };
  const rotate = (keyId: string, json: object | undefined, who = owner): Promise<HttpAnswer> =>
    app.http.post(`/api/auth/keys/${keyId}/rotate`, { headers: who.headers, ...(json && { json }) });
  const setStatus = async (person: Person, status: string): Promise<void> => {
    const { headers } = await superAdmin(app);
    const answer = await app.http.patch(`/api/users/${person.id}`, { headers, json: { status } });
    expect(answer.status).toBe(200);
  };

  describe('verification', () => {
    it('SECURITY 22: a wrong character at any place is 401 without a query', async () => {
      const { apiKey: key } = await makeKey(app, owner);
      const queries = recordRequestQueries(app.database.dataSource);
      for (let place = 0; place < key.length; place++) {
        const wrong = key.slice(0, place) + (key[place] === 'x' ? 'y' : 'x') + key.slice(place + 1);
        expect(await statusOf(wrong), wrong).toBe(401);
      }
      expect(queries.filter(({ text }) => !isBookkeeping(text))).toEqual([]);
      expect(await statusOf(key)).toBe(200);
    });

    it('SECURITY 22: an unknown key with a right checksum is 401 with one query a minute', async () => {
      const unknown = generateApiKey();
      const queries = recordRequestQueries(app.database.dataSource);
      for (let i = 0; i < 5; i++) expect(await statusOf(unknown)).toBe(401);
      expect(queries.filter(({ text }) => !isBookkeeping(text))).toHaveLength(1);
      clock.advance(61);
      expect(await statusOf(unknown)).toBe(401);
      expect(queries.filter(({ text }) => !isBookkeeping(text))).toHaveLength(2);
    });

    it('SECURITY 22: a lookup uses the indexes, also by the old secret', async () => {
      const plan = await app.database.transaction(async (manager) => {
        await manager.query('SET LOCAL enable_seqscan = off');
        return manager.query<{ 'QUERY PLAN': string }[]>(
          `EXPLAIN SELECT k.id FROM api_keys k JOIN users u ON u.id = k.user_id
            WHERE k.secret_hash = '\\x00' OR k.previous_secret_hash = '\\x00'`,
        );
      });
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect(text).toContain('api_keys_secret_hash_key');
      expect(text).toContain('api_keys_previous_secret_hash_key');
      expect(text).not.toContain('Seq Scan on api_keys');
    });
  });

  describe('the cache', () => {
    // As while every revocation is known; on the embedded database that is only so between two changes.
    const revocations = { isCurrent: () => true, subscribe: () => undefined } as unknown as Revocations;
    let verifier: ApiKeyVerifier;
    beforeEach(() => {
      const uses = app.nest.get(KeyUses, { strict: false });
      const limits = app.nest.get(RateLimits, { strict: false });
      verifier = new ApiKeyVerifier(
        app.database,
        new KeyCache(revocations, clock),
        uses,
        limits,
        clock,
        readConfig({}),
      );
    });

    it('SECURITY 22: a key costs one query in a thousand calls', async () => {
      const { apiKey: key, keyId } = await makeKey(app, owner);
      const queries = recordRequestQueries(app.database.dataSource);
      await inRequest(async () => {
        for (let i = 0; i < 1000; i++) expect((await verifier.verify(key, CALLER)).keyId).toBe(keyId);
      });
      expect(queries.filter(({ text }) => !isBookkeeping(text))).toHaveLength(1);
    });

    it.each(['suspended', 'inactive'])('SECURITY 22: a key whose owner is %s costs one query', async (status) => {
      const { apiKey: key } = await makeKey(app, owner);
      await setStatus(owner, status);
      const queries = recordRequestQueries(app.database.dataSource);
      await inRequest(async () => {
        for (let i = 0; i < 10; i++) {
          await expect(verifier.verify(key, CALLER)).rejects.toMatchObject({ code: 'invalid_api_key' });
        }
      });
      expect(queries.filter(({ text }) => !isBookkeeping(text))).toHaveLength(1);
    });

    it('SECURITY 23: a cached key expires on time', async () => {
      const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
      const { apiKey: key } = await makeKey(app, owner, { expiresAt });
      await verifier.verify(key, CALLER);
      clock.advance(60);
      await expect(verifier.verify(key, CALLER)).rejects.toMatchObject({ code: 'invalid_api_key' });
    });

    it('SECURITY 23: a cached key is confined to its networks', async () => {
      const { apiKey: key } = await makeKey(app, owner, { allowedNetworks: ['203.0.113.0/24'] });
      const from = (ip: string): Promise<unknown> => verifier.verify(key, callerFrom(ip));
      await from('203.0.113.9');
      await expect(from('198.51.100.9')).rejects.toMatchObject({ code: 'invalid_api_key' });
      await expect(from('unknown')).rejects.toMatchObject({ code: 'invalid_api_key' });
    });

    it('SECURITY 24: a cached old secret expires with the overlap', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner);
      await rotate(keyId, { overlapSeconds: 60 });
      await verifier.verify(old, CALLER);
      clock.advance(60);
      await expect(verifier.verify(old, CALLER)).rejects.toMatchObject({ code: 'invalid_api_key' });
    });
  });

  describe('the rights of a key', () => {
    it('SECURITY 23: a use from outside its networks is recorded, once in ten minutes per network', async () => {
      const { apiKey: key, keyId } = await makeKey(app, owner, { allowedNetworks: ['203.0.113.0/24'] });
      const recorded = (): unknown[] =>
        app.logLines
          .map((line) => JSON.parse(line) as { event?: string; keyId?: string; ip?: string })
          .filter((line) => line.event === 'api_key.refused' && line.keyId === keyId)
          .map(({ ip }) => ip);
      for (const ip of ['203.0.113.7', '198.51.100.9', '198.51.100.9', '192.0.2.1']) await useFrom(key, ip);
      expect(recorded()).toEqual(['198.51.100.9', '192.0.2.1']);
      clock.advance(600);
      await useFrom(key, '198.51.100.9');
      expect(recorded()).toHaveLength(3);
    });

    it('SECURITY 23: does what its scopes say and nothing else', async () => {
      const { apiKey: key } = await makeKey(app, owner, { scopes: ['artists:read'] });
      expect((await app.http.get('/api/artists', { headers: apiKey(key) })).status).toBe(200);
      const write = await app.http.post('/api/artists', { headers: apiKey(key), json: { name: 'Nina' } });
      expect([write.status, write.body.code]).toEqual([403, 'insufficient_scope']);
      expect(await statusOf(key)).toBe(403);
    });

    it('SECURITY 23: works until the second it expires', async () => {
      const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
      const { apiKey: key } = await makeKey(app, owner, { expiresAt });
      clock.advance(59);
      expect(await statusOf(key)).toBe(200);
      clock.advance(1);
      expect(await statusOf(key)).toBe(401);
    });

    it.each([
      ['203.0.113.7', 200],
      ['::ffff:203.0.113.7', 200],
      ['2001:db8:ffff::1', 200],
      ['203.0.114.7', 401],
      ['::ffff:203.0.114.7', 401],
      ['2001:db9::1', 401],
      ['127.0.0.1', 401],
    ])('SECURITY 23: with allowed networks, a call from %s is %i', async (ip, status) => {
      const { apiKey: key } = await makeKey(app, owner, { allowedNetworks: ['203.0.113.0/24', '2001:db8::/32'] });
      const answer = await useFrom(key, ip);
      expect(answer.status).toBe(status);
      if (status === 401) {
        expect(answer.body.code).toBe('invalid_api_key');
        expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
      }
    });

    it('SECURITY 23: shows the allowed networks in canonical form, and null where any is allowed', async () => {
      const json = { allowedNetworks: ['203.0.113.77/24', '2001:DB8::1', '203.0.113.0/24'] };
      const made = await app.http.post('/api/auth/keys', { headers: owner.headers, json });
      expect(made.body.data.allowedNetworks).toEqual(['203.0.113.0/24', '2001:db8::1/128']);
      expect((await listed(made.body.data.keyId))?.allowedNetworks).toEqual(made.body.data.allowedNetworks);
      const { keyId } = await makeKey(app, owner);
      expect((await listed(keyId))?.allowedNetworks).toBeNull();
    });

    it.each([[[]], [['10.0.0.0/33']], [['example.com']], ['10.0.0.0/8'], [[1]], [Array(51).fill('10.0.0.0/8')]])(
      'refuses %j as allowed networks',
      async (allowedNetworks) => {
        const answer = await app.http.post('/api/auth/keys', { headers: owner.headers, json: { allowedNetworks } });
        expect(answer.status).toBe(400);
        expect(answer.body.message[0]).toContain('allowedNetworks must be');
      },
    );

    it('SECURITY 23: never has more than the current rights of its owner', async () => {
      const boss = await admin(app);
      const { apiKey: key } = await makeKey(app, boss, { scopes: ['users:read'] });
      expect((await app.http.get('/api/users', { headers: apiKey(key) })).status).toBe(200);
      const { headers } = await superAdmin(app);
      await app.http.patch(`/api/users/${boss.id}`, { headers, json: { role: 'user' } });
      expect((await app.http.get('/api/users', { headers: apiKey(key) })).status).toBe(403);
    });

    it('SECURITY 23: never manages keys, profiles or roles, whatever its scopes', async () => {
      const boss = await logIn(app, SUPER_ADMIN.email, SUPER_ADMIN.password);
      const scopes = ['profile:read', 'artists:read', 'artists:write', 'users:read'];
      const { apiKey: key, keyId } = await makeKey(app, boss, { scopes });
      for (const [method, path, json] of [
        ['GET', '/api/auth/keys'],
        ['POST', '/api/auth/keys', {}],
        ['POST', `/api/auth/keys/${keyId}/rotate`, {}],
        ['POST', '/api/auth/keys/revoke-leaked', { apiKey: key }],
        ['DELETE', `/api/auth/keys/${keyId}`],
        ['PATCH', '/api/users/me', { firstName: 'Eve' }],
        ['PATCH', `/api/users/${owner.id}`, { role: 'admin' }],
        ['DELETE', `/api/users/${owner.id}`],
        ['POST', '/api/auth/logout'],
      ] as const) {
        const answer = await app.http.call(method, path, { headers: apiKey(key), ...(json && { json }) });
        expect([answer.status, answer.body.code], `${method} ${path}`).toEqual([403, 'session_required']);
      }
      expect(await statusOf(key)).toBe(200);
    });

    it('SECURITY 23: is refused while its owner is not active, and accepted again afterwards', async () => {
      const { apiKey: key } = await makeKey(app, owner);
      for (const status of ['suspended', 'inactive']) {
        await setStatus(owner, status);
        expect(await statusOf(key)).toBe(401);
      }
      await setStatus(owner, 'active');
      expect(await statusOf(key)).toBe(200);
    });

    it('SECURITY 23: a late write of the last use never restores a deleted key', async () => {
      const { apiKey: key, keyId } = await makeKey(app, owner);
      expect(await statusOf(key)).toBe(200);
      await app.http.delete(`/api/auth/keys/${keyId}`, { headers: owner.headers });
      await app.nest.get(LastUsedWriter, { strict: false }).flush();
      expect(await statusOf(key)).toBe(401);
      expect(await listed(keyId)).toBeUndefined();
    });
  });

  describe('rotation', () => {
    it('SECURITY 24: gives the key a new secret, and the old one is valid until the overlap ends', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner, { name: 'Billing', allowedNetworks: ['0.0.0.0/0'] });
      const answer = await rotate(keyId, { overlapSeconds: 60 });
      expect(answer.status).toBe(200);
      const { apiKey: fresh, previousValidUntil } = answer.body.data;
      expect(answer.body.data).toMatchObject((await listed(keyId)) as object);
      expect(previousValidUntil).toBe(new Date(clock.now().getTime() + 60_000).toISOString());
      expect(fresh).not.toBe(old);
      expect([await statusOf(old), await statusOf(fresh ?? '')]).toEqual([200, 200]);
      clock.advance(59);
      expect(await statusOf(old)).toBe(200);
      clock.advance(1);
      expect([await statusOf(old), await statusOf(fresh ?? '')]).toEqual([401, 200]);
    });

    it('shows in the list by which characters the key ends now, and when the old secret expires', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner);
      expect(await listed(keyId)).toMatchObject({ lastFour: old.slice(-4), previousValidUntil: null });
      const { apiKey: fresh, previousValidUntil } = (await rotate(keyId, { overlapSeconds: 60 })).body.data;
      expect(await listed(keyId)).toMatchObject({ lastFour: fresh?.slice(-4), previousValidUntil });
    });

    it('SECURITY 24: overlaps by a day by default, even without a body', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner);
      const answer = await rotate(keyId, undefined);
      expect(answer.body.data.previousValidUntil).toBe(new Date(clock.now().getTime() + 86_400_000).toISOString());
      expect(await statusOf(old)).toBe(200);
    });

    it('SECURITY 24: without an overlap the old secret stops at once', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner);
      const answer = await rotate(keyId, { overlapSeconds: 0 });
      expect(answer.body.data.previousValidUntil).toBeNull();
      expect([await statusOf(old), await statusOf(answer.body.data.apiKey ?? '')]).toEqual([401, 200]);
    });

    it('SECURITY 24: rotated twice within an overlap, the oldest secret stops', async () => {
      const { apiKey: first, keyId } = await makeKey(app, owner);
      const second = (await rotate(keyId, { overlapSeconds: 600 })).body.data.apiKey ?? '';
      const third = (await rotate(keyId, { overlapSeconds: 600 })).body.data.apiKey ?? '';
      expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200]);
    });

    it('SECURITY 24: after many concurrent rotations, two secrets are valid', async () => {
      const { apiKey: first, keyId } = await makeKey(app, owner);
      const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(keyId, { overlapSeconds: 600 })));
      const secrets = [first, ...answers.map((answer) => answer.body.data.apiKey ?? '')];
      const statuses = await Promise.all(secrets.map((secret) => statusOf(secret)));
      expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    });

    it('SECURITY 24: never extends the key’s expiry, and an expired key cannot be rotated', async () => {
      const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
      const { apiKey: old, keyId } = await makeKey(app, owner, { expiresAt });
      const fresh = (await rotate(keyId, { overlapSeconds: 600 })).body.data.apiKey ?? '';
      clock.advance(60);
      expect([await statusOf(old), await statusOf(fresh)]).toEqual([401, 401]);
      expect((await rotate(keyId, {})).status).toBe(400);
    });

    it('SECURITY 24: deleting a key ends its old secret too', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner);
      const fresh = (await rotate(keyId, {})).body.data.apiKey ?? '';
      await app.http.delete(`/api/auth/keys/${keyId}`, { headers: owner.headers });
      expect([await statusOf(old), await statusOf(fresh)]).toEqual([401, 401]);
    });

    it.each([[-1], [604_801], [1.5], ['60'], [null]])('refuses an overlap of %j', async (overlapSeconds) => {
      const { apiKey: key, keyId } = await makeKey(app, owner);
      expect((await rotate(keyId, { overlapSeconds })).status).toBe(400);
      expect(await statusOf(key)).toBe(200);
    });

    it('answers for another user’s key as for a missing one, byte for byte, and does not change it', async () => {
      const { apiKey: key, keyId } = await makeKey(app, owner);
      const stranger = await signUp(app);
      const [anothers, missing] = [await rotate(keyId, {}, stranger), await rotate('key_none', {}, stranger)];
      expect(anothers.status).toBe(404);
      expect(anothers.text).toBe(missing.text);
      expect(await statusOf(key)).toBe(200);
    });

    it('SECURITY 24: stores no secret in the clear, old or new', async () => {
      const { apiKey: old, keyId } = await makeKey(app, owner);
      const fresh = (await rotate(keyId, {})).body.data.apiKey ?? '';
      const rows = await app.database.query<{ row: string }>('SELECT k::text AS row FROM api_keys k');
      const dump = rows.map(({ row }) => row).join('\n');
      for (const secret of [old, fresh]) {
        expect(dump).not.toContain(secret);
        expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
      }
    });
  });

  describe('a leaked key', () => {
    const report = (who: Person, key: string): Promise<HttpAnswer> =>
      app.http.post('/api/auth/keys/revoke-leaked', { headers: who.headers, json: { apiKey: key } });

    it('is revoked by an admin, also another user’s, and logged without its secret', async () => {
      const boss = await admin(app);
      const { apiKey: key, keyId } = await makeKey(app, owner);
      const answer = await report(boss, ` ${key} `);
      expect([answer.status, answer.body.data]).toEqual([200, { revoked: true, keyId, userId: owner.id }]);
      expect(await statusOf(key)).toBe(401);
      const line = app.logLines.find((text) => text.includes('api_key.leaked') && text.includes(keyId));
      expect(line).toContain(boss.id);
      expect(app.logLines.join('')).not.toContain(key);
    });

    it('has the same response when it is unknown, already revoked, or not a key', async () => {
      const boss = await admin(app);
      const { apiKey: key } = await makeKey(app, owner);
      await report(boss, key);
      for (const text of [key, generateApiKey(), 'sk_live_short', 'hello']) {
        const answer = await report(boss, text);
        expect([answer.status, answer.body.data]).toEqual([200, { revoked: false, keyId: null, userId: null }]);
      }
    });

    it('is the only secret revoked when it is the old one of a rotated key', async () => {
      const boss = await admin(app);
      const { apiKey: old, keyId } = await makeKey(app, owner);
      const fresh = (await rotate(keyId, {})).body.data.apiKey ?? '';
      expect((await report(boss, old)).body.data.revoked).toBe(true);
      expect([await statusOf(old), await statusOf(fresh)]).toEqual([401, 200]);
    });

    it('cannot be reported by a user without the admin role, even for their own key', async () => {
      const { apiKey: key } = await makeKey(app, owner);
      expect((await report(owner, key)).status).toBe(403);
      expect(await statusOf(key)).toBe(200);
    });
  });

  it('SECURITY 24: 101 created at once are 100 keys and one 409', async () => {
    const answers = await Promise.all(
      Array.from({ length: 101 }, () => app.http.post('/api/auth/keys', { headers: owner.headers, json: {} })),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    expect([statuses.filter((status) => status === 201).length, statuses.at(-1)]).toEqual([100, 409]);
    expect((await app.http.get('/api/auth/keys', { headers: owner.headers })).body.data).toHaveLength(100);
  });

  it('SECURITY 25: a key with another user’s token is refused, and each alone is accepted', async () => {
    const { apiKey: key } = await makeKey(app, owner);
    const other = await signUp(app);
    const both = await app.http.get('/api/users/me', { headers: { ...other.headers, ...apiKey(key) } });
    expect(both.status).toBe(401);
    expect((await useFrom(key)).body.data.id).toBe(owner.id);
    const own = await app.http.patch('/api/users/me', {
      headers: { ...owner.headers, ...apiKey(key) },
      json: { firstName: 'Jane' },
    });
    expect(own.status).toBe(200);
  });
});

describe.runIf(onPostgres())('API keys on two instances', () => {
  let database: TestDatabase;
  let [one, other]: TestApp[] = [];

  beforeAll(async () => {
    database = await openTestDatabase();
    one = await startApp({ database });
    other = await startApp({ database: await database.anotherPool() });
  });
  afterAll(async () => {
    await one?.close();
    await other?.close();
    await database.close();
  });

  it('SECURITY 22: a key created on one is accepted by the other at once, and a revoked one refused', async () => {
    if (!one || !other) throw new Error('not started');
    const owner = await signUp(one);
    const { apiKey: key, keyId } = await makeKey(one, owner);
    const use = async (): Promise<number> => (await other.http.get('/api/users/me', { headers: apiKey(key) })).status;
    expect(await use()).toBe(200);
    await one.http.delete(`/api/auth/keys/${keyId}`, { headers: owner.headers });
    await expect.poll(use).toBe(401);
  });
});

/** Runs what a request would, apart from the background work of the app. */
function inRequest(work: () => Promise<void>): Promise<void> {
  return requestContext.run({ requestId: 'a test', ip: CALLER.ip }, work);
}

function isBookkeeping(text: string): boolean {
  return /SET last_used_at|INSERT INTO "?audit_events|outbox_messages/.test(text);
}
