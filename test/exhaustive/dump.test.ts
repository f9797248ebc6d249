import { createHash, createHmac, createPrivateKey, type PrivateKeyInput } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { signingKeyStore } from '../support/signing-keys.js';
import { type DumpedValue, dumpDatabase } from '../support/database-dump.js';
import { SUPER_ADMIN } from '../support/app.js';
import { FOREIGN_HASHES } from '../support/foreign-hashes.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { admin, freshEmail, logIn, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';

/*
 * An attacker has a copy of the database and nothing else. Every string and every byte string in it is presented as every
 * kind of credential, as it is and in the usual encodings. None may be accepted.
 */

const UUID = /^[0-9a-f-]{36}$/;

/** The value as UTF-8, in hexadecimal, and in both alphabets of base64; ids as they are. */
function encodings(value: DumpedValue): string[] {
  if (typeof value === 'string' && UUID.test(value)) return [value];
  const bytes = Buffer.from(value as string);
  return [bytes.toString('utf8'), bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
}

const NEW_PASSWORD = 'Quiet-Harbour-4711';

/** Every kind of code, by who can use it. None is used before the dump is taken. */
interface Codes {
  readonly reset: string;
  readonly verification: string;
  readonly newAddress: string;
  readonly undo: string;
  readonly restored: string;
  readonly invitation: string;
  readonly handedOver: string;
}

/** Has each kind of code issued, and uses what else there is to recover an account. */
async function issueCodes(app: MailApp, person: Person, boss: Person): Promise<Codes> {
  const { http } = app;
  const verification = await app.codeFor(person.email);
  const send = (path: string, { headers }: Person, json: object): Promise<HttpAnswer> =>
    http.post(path, { headers, json });
  const move = async (who: Person): Promise<string> => {
    await send('/api/users/me/email/verify', who, { code: await app.codeFor(who.email) });
    const email = freshEmail();
    await send('/api/users/me/email', who, { email });
    await send('/api/users/me/email/verify', who, { code: await app.codeFor(email) });
    return app.codeFor(who.email);
  };
  const undo = await move(await signUp(app));
  const thrownBack = await signUp(app);
  expect((await http.post('/api/auth/email/undo', { json: { code: await move(thrownBack) } })).status).toBe(200);
  const restored = await app.codeFor(thrownBack.email);
  const [invited, moving] = [freshEmail(), freshEmail()];
  expect((await send('/api/users', boss, { email: invited, name: 'Grace Hopper' })).status).toBe(201);
  const helped = await signUp(app);
  const handedOver = await http.post(`/api/users/${helped.id}/reset-code`, { headers: boss.headers });
  await send('/api/auth/reauthenticate', person, { password: PASSWORD });
  await send('/api/users/me/email', person, { email: moving });
  const newAddress = await app.codeFor(moving);
  await http.post('/api/auth/password/forgot', { json: { email: person.email } });
  return {
    ...{ verification, undo, restored, newAddress },
    reset: await app.codeFor(person.email),
    invitation: await app.codeFor(invited),
    handedOver: handedOver.body.data.code,
  };
}

/** What an unkeyed digest of a text could be, or one under a key that can be guessed. */
function unkeyedDigests(text: string): string[] {
  const algorithms = ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256'];
  const keys = ['', 'secret', 'stagedoor', 'email codes', 'email code digests', 'outbox recipients'];
  return algorithms.flatMap((algorithm) => [
    createHash(algorithm).update(text).digest('hex'),
    ...keys.map((key) => createHmac(algorithm, key).update(text).digest('hex')),
  ]);
}

describe('SECURITY 7: a dump of the database, after everything has been used', () => {
  let app: MailApp;
  let tables: Map<string, DumpedValue[]>;
  let candidates: string[];
  let accounts: { id: string; email: string; password: string }[];
  let person: Person;
  let key: { keyId: string; apiKey: string };
  let codes: Codes;

  beforeAll(async () => {
    app = await startMailApp({ env: { HASH_CONCURRENCY: '2', EMAIL_VERIFICATION: 'ask' } });
    const [root, boss] = [await superAdmin(app), await admin(app)];
    person = await signUp(app, { phone: '+12025550123' });
    const suspended = await signUp(app);
    key = await makeKey(app, person, { name: 'Dumped' });
    accounts = [
      { id: person.id, email: person.email, password: PASSWORD },
      { id: boss.id, email: boss.email, password: PASSWORD },
      { id: root.id, email: root.email, password: SUPER_ADMIN.password },
    ];

    const http = app.http;
    await http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    await http.get('/api/users/me', { headers: apiKey(key.apiKey) });
    await http.post('/api/auth/logout', { headers: (await logIn(app, person.email)).headers });
    await http.post(`/api/auth/keys/${key.keyId}/rotate`, { headers: person.headers, json: { overlapSeconds: 3600 } });
    const feedForm = { username: person.email, password: PASSWORD };
    const feed = await http.post('/auth', { form: feedForm, headers: apiKey(key.apiKey) });
    expect(feed.status).toBe(200);
    const artist = await http.post('/api/artists', { headers: person.headers, json: { name: 'Jane Artist' } });
    const song = { title: 'First Song', isrc: 'USRC17607839', releaseDate: '2026-01-01', durationMs: 1000 };
    const made = await http.post(`/api/artists/${artist.body.data.id}/songs`, { headers: person.headers, json: song });
    expect(made.status).toBe(201);
    await http.patch(`/api/users/${suspended.id}`, { headers: boss.headers, json: { status: 'suspended' } });
    const doomed = await signUp(app);
    await makeKey(app, doomed);
    expect((await http.delete(`/api/users/${doomed.id}`, { headers: boss.headers })).status).toBe(204);
    await http.post('/api/auth/login', { json: { email: person.email, password: 'a wrong guess' } });
    const [, passwordHash] = FOREIGN_HASHES[0] ?? [];
    const line = JSON.stringify({ email: freshEmail(), name: 'Ada', passwordHash });
    const ndjson = { ...root.headers, 'content-type': 'application/x-ndjson' };
    expect((await http.post('/api/users/import', { raw: line, headers: ndjson })).text).toContain('"created":1');
    codes = await issueCodes(app, person, boss);
    await signingKeyStore(app.database, new SystemClock()).publishNext();

    tables = await dumpDatabase(app.database);
    candidates = [...new Set([...tables.values()].flat().flatMap(encodings))];
  });
  afterAll(() => app.close());

  it('has rows in every table that holds secrets', () => {
    for (const table of ['users', 'sessions', 'api_keys', 'signing_keys', 'email_codes', 'outbox_messages']) {
      expect(tables.get(table)?.length, table).toBeGreaterThan(3);
    }
    expect(candidates).toContain(person.email);
    expect(candidates.length).toBeGreaterThan(200);
  });

  it('comes from a server that accepts the credentials it was filled with', async () => {
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
    expect((await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status).toBe(200);
    const refreshed = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    expect(refreshed.status).toBe(200);
    for (const { email, password } of accounts) await logIn(app, email, password);
  });

  it('contains no password, token or key as it was issued', () => {
    const { password, token, refreshToken } = person;
    for (const secret of [password, SUPER_ADMIN.password, token, refreshToken, key.apiKey]) {
      expect(candidates.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  it('contains nothing that is accepted as an access token or an API key', async () => {
    for (const text of candidates.filter((each) => /^[\x21-\x7e]{1,8000}$/.test(each))) {
      for (const headers of [bearer(text), apiKey(text), { ...bearer(text), ...apiKey(text) }]) {
        const answer = await app.http.get('/api/users/me', { headers });
        expect(answer.status, text).toBe(401);
      }
    }
  });

  it('contains nothing that is accepted as a refresh token', async () => {
    for (const refreshToken of candidates) {
      const answer = await app.http.post('/api/auth/refresh', { json: { refreshToken } });
      expect([400, 401], refreshToken).toContain(answer.status);
    }
  });

  it('contains no password of an account', async () => {
    for (const { email } of accounts) {
      for (const password of candidates) {
        const { status } = await app.http.post('/api/auth/login', { json: { email, password } });
        expect([400, 401], password).toContain(status);
      }
    }
  });

  it('ACCOUNTS 37: contains nothing that is accepted as a code of any kind', async () => {
    for (const code of candidates) {
      const answers = [
        await app.http.post('/api/auth/password/reset', { json: { code, newPassword: NEW_PASSWORD } }),
        await app.http.post('/api/auth/email/undo', { json: { code } }),
        await app.http.post('/api/users/me/email/verify', { headers: person.headers, json: { code } }),
      ];
      for (const answer of answers) expect(answer.status, code).toBe(400);
    }
  });

  it('ACCOUNTS 37: contains no code, and of codes and recipients only digests that need APP_SECRET', () => {
    const bytes = new Set([...tables.values()].flat().map((value) => Buffer.from(value as string).toString('hex')));
    const spelled = Object.values(codes).flatMap((code) => [code, code.replaceAll('-', '')]);
    for (const code of spelled) expect(candidates.filter((text) => text.toUpperCase().includes(code))).toEqual([]);
    const guesses = [...spelled, ...accounts.map(({ email }) => email)].flatMap((text) => [text, text.toLowerCase()]);
    expect(guesses.flatMap(unkeyedDigests).filter((digest) => bytes.has(digest))).toEqual([]);
  });

  it('contains no private key', () => {
    const bytes = [...tables.values()].flat().map((value) => Buffer.from(value as string));
    const forms: Pick<PrivateKeyInput, 'format' | 'type'>[] = [
      { format: 'der', type: 'pkcs8' },
      { format: 'der', type: 'sec1' },
      { format: 'pem' },
    ];
    for (const key of bytes) for (const form of forms) expect(() => createPrivateKey({ key, ...form })).toThrow();
    expect(JSON.stringify([...tables.values()])).not.toMatch(/PRIVATE KEY|"d":/);
  });

  it('ACCOUNTS 37: comes from a server that accepts the codes it was filled with', async () => {
    const { reset, restored, invitation, handedOver, undo, newAddress } = codes;
    const verify = (code: string): Promise<HttpAnswer> =>
      app.http.post('/api/users/me/email/verify', { headers: person.headers, json: { code } });
    // The last one ends the session that the others need.
    expect((await verify(codes.verification)).status).toBe(200);
    expect((await verify(newAddress)).status).toBe(200);
    expect((await app.http.post('/api/auth/email/undo', { json: { code: undo } })).status).toBe(200);
    for (const code of [restored, invitation, handedOver]) {
      const answer = await app.http.post('/api/auth/password/reset', { json: { code, newPassword: NEW_PASSWORD } });
      expect(answer.status, answer.text).toBe(200);
    }
    // A new address ends a code that was mailed to the one before.
    const late = await app.http.post('/api/auth/password/reset', { json: { code: reset, newPassword: NEW_PASSWORD } });
    expect(late.status).toBe(400);
  });
});
