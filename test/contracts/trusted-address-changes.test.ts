import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClock } from '../support/clock.js';
import type { HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { addPasskey, PASSKEY_ENV, signChallenge, verifiedPerson } from '../support/passkeys.js';
import { freshEmail, logIn, type Person } from '../support/people.js';
import { insertTotp } from '../support/second-factor.js';

const WEEK_SECONDS = 7 * 86_400;

let app: MailApp;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock(new Date());
  app = await startMailApp({ env: PASSKEY_ENV, clock });
});
afterAll(() => app.close());

const change = ({ headers }: Person, json: object): Promise<HttpAnswer> =>
  app.http.post('/api/users/me/email', { headers, json });

/** Changes the address with this proof, up to the end. Returns the undo code that the old address got. */
async function undoCodeOf(person: Person, proof: object): Promise<string | undefined> {
  const email = freshEmail();
  expect(await change(person, { email, ...proof })).toMatchObject({ status: 202 });
  const json = { code: await app.codeFor(email) };
  const verified = await app.http.post('/api/users/me/email/verify', { headers: person.headers, json });
  expect(verified).toMatchObject({ status: 200, body: { data: { email } } });
  const notice = (await app.mailsTo(person.email)).at(-1);
  expect(notice?.subject).toContain('address');
  return notice?.code;
}

describe('ACCOUNTS 42: a change of address', () => {
  it('can be undone where its request proves nothing', async () => {
    expect(await undoCodeOf(await verifiedPerson(app), {})).toBeDefined();
  });

  it('cannot be undone where its request proves a passkey of seven days ago', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    clock.advance(WEEK_SECONDS);
    const again = await logIn(app, person.email);
    expect(await undoCodeOf(again, { credential: await signChallenge(app, authenticator) })).toBeUndefined();
  });

  it('can be undone where the passkey is younger', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    clock.advance(WEEK_SECONDS - 1);
    const again = await logIn(app, person.email);
    expect(await undoCodeOf(again, { credential: await signChallenge(app, authenticator) })).toBeDefined();
  });

  it('cannot be undone where its request proves an authenticator app of seven days ago', async () => {
    const person = await verifiedPerson(app);
    const totp = await insertTotp(app, clock, person.id);
    clock.advance(WEEK_SECONDS);
    await app.database.query('UPDATE sessions SET authenticated_at = $2 WHERE user_id = $1', [person.id, clock.now()]);
    const refreshed = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    const headers = { authorization: `Bearer ${refreshed.body.data.token}` };
    expect(await undoCodeOf({ ...person, headers }, { code: totp.code() })).toBeUndefined();
  });

  it('is trusted only if the latest request was', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    clock.advance(WEEK_SECONDS);
    const again = await logIn(app, person.email);
    const credential = await signChallenge(app, authenticator);
    expect(await change(again, { email: freshEmail(), credential })).toMatchObject({ status: 202 });
    expect(await undoCodeOf(again, {})).toBeDefined();
  });

  it('is refused with the passkey of another user, or a credential that was used', async () => {
    const [person, other] = [await verifiedPerson(app), await verifiedPerson(app)];
    const { authenticator } = await addPasskey(app, other);
    const foreign = await signChallenge(app, authenticator);
    const refusal = { status: 401, body: { code: 'invalid_credentials' } };
    expect(await change(person, { email: freshEmail(), credential: foreign })).toMatchObject(refusal);
    const own = await signChallenge(app, (await addPasskey(app, person)).authenticator);
    expect(await change(person, { email: freshEmail(), credential: own })).toMatchObject({ status: 202 });
    expect(await change(person, { email: freshEmail(), credential: own })).toMatchObject(refusal);
  });

  it('takes a code or a credential, not both', async () => {
    const person = await verifiedPerson(app);
    const credential = await signChallenge(app, (await addPasskey(app, person)).authenticator);
    expect(await change(person, { email: freshEmail(), credential, code: '123456' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'code', code: 'conflict', other: 'credential' }] },
    });
    expect(await change(person, { email: freshEmail(), credential })).toMatchObject({ status: 202 });
  });
});
