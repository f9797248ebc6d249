import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/read-config.js';
import { SecretSeal, WrongAppSecretError } from '../../src/common/secret-seal.js';
import type { Revocations } from '../../src/modules/revocations/revocations.js';
import {
  KEY_SET_MAX_AGE_SECONDS,
  PUBLICATION_LEAD_SECONDS,
  ROTATION_PERIOD_SECONDS,
} from '../../src/modules/tokens/signing-key-schedule.js';
import { SigningKeys } from '../../src/modules/tokens/signing-keys.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import {
  onPostgres,
  openTestDatabase,
  TEST_APP_SECRET,
  TEST_SECRET_SEAL,
  type TestDatabase,
} from '../support/database.js';
import { signingKeyStore } from '../support/signing-keys.js';
import { takeApart } from '../support/forge.js';
import { bearer } from '../support/http-client.js';
import { signUp } from '../support/people.js';

const DAY_SECONDS = 86_400;
const LONGEST_TOKEN_SECONDS = DAY_SECONDS;

let clock: TestClock;
let database: TestDatabase;
let apps: TestApp[];
beforeEach(async () => {
  clock = new TestClock();
  database = await openTestDatabase();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await database.close();
});

async function start(env: Record<string, string> = {}, on: TestDatabase = database): Promise<TestApp> {
  const app = await startApp({ clock, database: on, env });
  apps.push(app);
  return app;
}

const keysOf = (app: TestApp): SigningKeys => app.nest.get(SigningKeys);
const kidOf = (token: string): string => String(takeApart(token).header['kid']);

async function keySetOf(app: TestApp): Promise<JSONWebKeySet> {
  return (await app.http.get('/.well-known/jwks.json')).body as unknown as JSONWebKeySet;
}

async function publishedBy(app: TestApp): Promise<(string | undefined)[]> {
  return (await keySetOf(app)).keys.map(({ kid }) => kid);
}

/** Not under test here: these keys are reloaded by hand. */
const noRevocations = { subscribe: () => undefined } as unknown as Revocations;

/** The signing keys of an instance that was given these secrets. */
async function loadKeys(on: TestDatabase, seal: SecretSeal): Promise<SigningKeys> {
  const store = signingKeyStore(on, clock, seal);
  const keys = new SigningKeys(store, clock, noRevocations, readConfig({}));
  await keys.onModuleInit();
  return keys;
}

/** Seconds at which to look: coarse over two lives of a key, by the half minute where one follows another or ends. */
function timeline(): number[] {
  const marks: number[] = [];
  for (let t = 0; t <= 2 * ROTATION_PERIOD_SECONDS + 2 * DAY_SECONDS; t += DAY_SECONDS / 2) marks.push(t);
  for (const signs of [ROTATION_PERIOD_SECONDS, 2 * ROTATION_PERIOD_SECONDS]) {
    for (let t = signs - PUBLICATION_LEAD_SECONDS - 60; t <= signs + 360; t += 30) marks.push(t);
    for (let t = signs + LONGEST_TOKEN_SECONDS - 60; t <= signs + LONGEST_TOKEN_SECONDS + 120; t += 30) marks.push(t);
  }
  return [...new Set(marks)].toSorted((a, b) => a - b);
}

describe('SECURITY 16: rotation of signing keys', () => {
  it(
    `through the whole life of two keys, ${onPostgres() ? 'two instances refuse' : 'an instance refuses'} no valid token, and neither does a verifier that caches the key set`,
    { timeout: 240_000 },
    async () => {
      const env = { ACCESS_TOKEN_TTL: String(DAY_SECONDS), REFRESH_TOKEN_TTL: '31536000' };
      const first = await start(env);
      const others = onPostgres() ? [await start(env, await database.anotherPool())] : [];
      const instances = [first, ...others];
      const person = await signUp(first);
      const begin = clock.now();
      const tokens: { token: string; until: number }[] = [];
      const publishedAt = new Map<string, number>();
      const signedFrom = new Map<string, number>();
      let kept = { set: await keySetOf(first), at: 0 };

      for (const [step, t] of timeline().entries()) {
        clock.advance(t - (clock.now().getTime() - begin.getTime()) / 1000);
        // One instance reloads on time, the other misses every second reload.
        await keysOf(first).reload();
        if (step % 2 === 0) for (const other of others) await keysOf(other).reload();
        for (const kid of await publishedBy(first)) if (!publishedAt.has(kid ?? '')) publishedAt.set(kid ?? '', t);
        if (t - kept.at > KEY_SET_MAX_AGE_SECONDS) kept = { set: await keySetOf(instances.at(-1) ?? first), at: t };

        for (const instance of instances) {
          const answer = await instance.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
          const token = String(answer.body.data.token);
          tokens.push({ token, until: t + DAY_SECONDS });
          if (!signedFrom.has(kidOf(token))) signedFrom.set(kidOf(token), t);
          const verified = await jwtVerify(token, createLocalJWKSet(kept.set), { currentDate: clock.now() });
          expect(verified.payload.sub).toBe(person.id);
        }
        // The oldest good token, the newest, and one of each key between them.
        const good = tokens.filter(({ until }) => until > t);
        const byKey = new Map(good.toReversed().map((each) => [kidOf(each.token), each]));
        for (const instance of instances) {
          const names = await publishedBy(instance);
          for (const { token } of [...byKey.values(), ...good.slice(-instances.length)]) {
            const me = await instance.http.get('/api/users/me', { headers: bearer(token) });
            expect(me.status, `at ${t} s`).toBe(200);
            expect(names).toContain(kidOf(token));
          }
        }
      }

      const [one, two, three] = [...signedFrom.keys()];
      expect(signedFrom.size).toBe(3);
      for (const kid of [two, three]) {
        const lead = (signedFrom.get(kid) ?? 0) - (publishedAt.get(kid) ?? 0);
        expect(lead).toBeGreaterThanOrEqual(PUBLICATION_LEAD_SECONDS);
      }
      for (const instance of instances) {
        await keysOf(instance).reload();
        expect(await publishedBy(instance)).toEqual([three]);
      }
      const rows = await database.query<{ kid: string }>('SELECT kid FROM signing_keys');
      expect(rows).toEqual([{ kid: three }]);
      expect(one).not.toBe(two);
    },
  );

  it('an old key is published until its last token expires, also between two reloads, and not longer', async () => {
    const app = await start();
    const [old] = await publishedBy(app);
    await signingKeyStore(database, clock).publishNext();
    await keysOf(app).reload();
    clock.advance(PUBLICATION_LEAD_SECONDS + LONGEST_TOKEN_SECONDS);
    expect(await publishedBy(app)).toContain(old);
    clock.advance(61);
    expect(await publishedBy(app)).not.toContain(old);
    expect(keysOf(app).publicKey(String(old))).toBeUndefined();
  });

  it('the command publishes a key that signs once every instance has loaded it, and run twice it makes one', async () => {
    const app = await start();
    const before = keysOf(app).current().kid;
    const next = await signingKeyStore(database, clock).publishNext();
    expect((await signingKeyStore(database, clock).publishNext()).kid).toBe(next.kid);
    await keysOf(app).reload();
    expect(new Set(await publishedBy(app))).toEqual(new Set([before, next.kid]));
    clock.advance(PUBLICATION_LEAD_SECONDS - 1);
    expect(keysOf(app).current().kid).toBe(before);
    clock.advance(1);
    expect(keysOf(app).current().kid).toBe(next.kid);
  });

  it('the command for a leaked key invalidates every access token at the next reload, and no session', async () => {
    const app = await start();
    const person = await signUp(app);
    const fresh = await signingKeyStore(database, clock).replaceAll();
    await keysOf(app).reload();
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
    expect(await publishedBy(app)).toEqual([fresh.kid]);
    const answer = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    const headers = bearer(String(answer.body.data.token));
    expect((await app.http.get('/api/users/me', { headers })).status).toBe(200);
  });

  it('an instance that cannot reload the keys goes on with the loaded ones', async () => {
    const app = await start();
    const person = await signUp(app);
    await database.query('ALTER TABLE signing_keys RENAME TO signing_keys_elsewhere');
    await keysOf(app).reloadOnSchedule();
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
    await signUp(app);
    await database.query('ALTER TABLE signing_keys_elsewhere RENAME TO signing_keys');
    await keysOf(app).reload();
  });

  it('a row whose public half was replaced verifies nothing', async () => {
    const app = await start();
    const own = keysOf(app).current().kid;
    const other = await signingKeyStore(database, clock).publishNext();
    await database.query(
      `UPDATE signing_keys SET public_jwk = (SELECT public_jwk FROM signing_keys WHERE kid = $1) WHERE kid = $2`,
      [own, other.kid],
    );
    await keysOf(app).reload();
    expect(await publishedBy(app)).toEqual([own]);
  });

  it('a clock that jumps two days on, or two hours back, still signs and accepts', async () => {
    const app = await start({ ACCESS_TOKEN_TTL: '604800' });
    for (const jump of [2 * DAY_SECONDS, -7200, -2 * DAY_SECONDS]) {
      clock.advance(jump);
      await keysOf(app).reload();
      const person = await signUp(app);
      expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
    }
  });
});

describe.runIf(onPostgres())('SECURITY 16: several instances (on PostgreSQL)', () => {
  it('five instances that start at once on an empty database make one key', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, () => database.anotherPool()));
    const started = await Promise.all(databases.map((each) => start({}, each)));
    expect(new Set(started.map((app) => keysOf(app).current().kid)).size).toBe(1);
  });

  it('five that rotate at once make one key, ten times over', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, () => database.anotherPool()));
    const instances = await Promise.all(databases.map((each) => loadKeys(each, TEST_SECRET_SEAL)));
    const store = signingKeyStore(database, clock);
    for (let round = 0; round < 10; round++) {
      clock.advance(ROTATION_PERIOD_SECONDS);
      await Promise.all(instances.map((keys) => keys.reload()));
      const waiting = (await store.list()).filter(({ signsFrom }) => signsFrom > clock.now());
      expect(waiting.map(({ signsFrom }) => signsFrom)).toEqual([addSeconds(clock.now(), PUBLICATION_LEAD_SECONDS)]);
      await Promise.all(instances.map((keys) => keys.reload()));
      for (const keys of instances) expect(keys.jwks().keys.map(({ kid }) => kid)).toContain(waiting[0].kid);
      clock.advance(PUBLICATION_LEAD_SECONDS);
      expect(new Set(instances.map((keys) => keys.current().kid))).toEqual(new Set([waiting[0].kid]));
    }
    for (const each of databases) await each.close();
  });
});

describe('APP_SECRET changes', () => {
  const NEW_SECRET = 'the new secret of the tests, of 32 bytes and more';

  it('a key sealed under the previous secret stays usable, and is sealed under the new one', async () => {
    const before = (await loadKeys(database, TEST_SECRET_SEAL)).current().kid;
    await Promise.all(Array.from({ length: 5 }, () => loadKeys(database, new SecretSeal(NEW_SECRET, TEST_APP_SECRET))));
    expect((await loadKeys(database, new SecretSeal(NEW_SECRET))).current().kid).toBe(before);
    await expect(loadKeys(database, TEST_SECRET_SEAL)).rejects.toThrow(WrongAppSecretError);
  });

  it('a start with neither secret is refused with an error that says what to do', async () => {
    await loadKeys(database, TEST_SECRET_SEAL);
    const other = 'another secret of the tests, of 32 bytes and more';
    await expect(loadKeys(database, new SecretSeal(NEW_SECRET, other))).rejects.toThrow(
      /APP_SECRET.*APP_SECRET_PREVIOUS.*keys:rotate/,
    );
    const kids = (await signingKeyStore(database, clock).list()).map(({ kid }) => kid);
    expect((await loadKeys(database, TEST_SECRET_SEAL)).current().kid).toBe(kids[0]);
  });

  it('an instance that still has the old secret goes on signing, and accepts what the new ones sign', async () => {
    const app = await start();
    const person = await signUp(app);
    const own = keysOf(app).current().kid;
    const changed = await loadKeys(database, new SecretSeal(NEW_SECRET, TEST_APP_SECRET));
    const next = await signingKeyStore(database, clock, new SecretSeal(NEW_SECRET)).publishNext();
    await changed.reload();
    for (let i = 0; i < 3; i++) await keysOf(app).reload();
    clock.advance(PUBLICATION_LEAD_SECONDS);
    expect(changed.current().kid).toBe(next.kid);
    expect(keysOf(app).current().kid).toBe(own);
    expect(keysOf(app).publicKey(next.kid)).toBeDefined();
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
    await signUp(app);
    const complaints = app.logLines.filter((line) => line.includes(next.kid) && line.includes('"level":"error"'));
    expect(complaints).toHaveLength(1);
  });

  it('when the secret is lost, the command for a leaked key makes the next start possible', async () => {
    await loadKeys(database, TEST_SECRET_SEAL);
    const fresh = await signingKeyStore(database, clock, new SecretSeal(NEW_SECRET)).replaceAll();
    expect((await loadKeys(database, new SecretSeal(NEW_SECRET))).current().kid).toBe(fresh.kid);
  });
});
