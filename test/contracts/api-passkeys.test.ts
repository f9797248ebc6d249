import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import type { HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import {
  addPasskey,
  ANDROID_ORIGIN,
  createPasskey,
  logInByPasskey,
  PASSKEY_ENV,
  signChallenge,
  verifiedPerson,
} from '../support/passkeys.js';
import { type Person, signUp, superAdmin } from '../support/people.js';
import { recordRequestQueries } from '../support/queries.js';
import { type Deviation, SoftwareAuthenticator } from '../support/software-authenticator.js';

const LIFETIME_SECONDS = 300;
const PASSKEYS_MAX = 20;
const CREDENTIAL_PROBLEM = 'credential must be a new passkey, created with options that are at most 5 minutes old';

let app: MailApp;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock(new Date());
  app = await startMailApp({ env: PASSKEY_ENV, clock });
});
afterAll(() => app.close());

const options = ({ headers }: Person): Promise<HttpAnswer> =>
  app.http.post('/api/users/me/passkeys/options', { headers });
const add = ({ headers }: Person, json: object): Promise<HttpAnswer> =>
  app.http.post('/api/users/me/passkeys', { headers, json });
const rename = ({ headers }: Person, id: string, name: string): Promise<HttpAnswer> =>
  app.http.patch(`/api/users/me/passkeys/${id}`, { headers, json: { name } });
const remove = ({ headers }: Person, id: string): Promise<HttpAnswer> =>
  app.http.delete(`/api/users/me/passkeys/${id}`, { headers });
const list = async ({ headers }: Person): Promise<{ id: string; name: string }[]> =>
  (await app.http.get('/api/users/me/passkeys', { headers })).body.data as never;

const events = async (userId: string, event: string): Promise<object[]> => {
  const { headers } = await superAdmin(app);
  return (await app.http.get(`/api/audit?event=${event}&userId=${userId}`, { headers })).body.data as never;
};
const subjects = async ({ email }: Person): Promise<unknown[]> =>
  (await app.mailsTo(email)).map(({ subject }) => subject);

describe('POST /api/users/me/passkeys/options', () => {
  it('asks the browser for a discoverable passkey with user verification, and writes nothing', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    const queries = recordRequestQueries(app.database.dataSource);
    const answer = await options(person);
    const statements = queries.map(({ text }) => text.split(/\s/, 1)[0]);
    expect(new Set(statements)).toEqual(new Set(['START', 'SELECT', 'COMMIT']));
    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          rp: { id: 'app.example', name: 'Stagedoor' },
          user: {
            id: Buffer.from(person.id.replaceAll('-', ''), 'hex').toString('base64url'),
            name: person.email,
            displayName: 'John Doe',
          },
          excludeCredentials: [{ id: authenticator.get({ challenge: '' }).id, type: 'public-key' }],
          authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
          attestation: 'none',
          timeout: LIFETIME_SECONDS * 1000,
        },
      },
    });
    expect((await options(person)).body.data.challenge).not.toBe(answer.body.data.challenge);
  });

  it('requires a verified address where mails are sent', async () => {
    const person = await signUp(app);
    expect(await options(person)).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
  });
});

describe('POST /api/users/me/passkeys', () => {
  it('adds a passkey that logs in, notifies its user and is in the audit', async () => {
    const person = await verifiedPerson(app);
    const authenticator = new SoftwareAuthenticator();
    const credential = await createPasskey(app, person, authenticator);
    const added = await add(person, { credential, name: 'MacBook' });
    expect(added).toMatchObject({ status: 201, body: { data: { name: 'MacBook', synced: true, lastUsed: null } } });
    expect(await logInByPasskey(app, authenticator)).toMatchObject({
      status: 200,
      body: { data: { user: { id: person.id } } },
    });
    expect(await list(person)).toEqual([{ ...(added.body.data as object), lastUsed: clock.now().toISOString() }]);
    expect(await subjects(person)).toEqual(['A passkey was added to your Stagedoor account']);
    expect(await events(person.id, 'passkey.added')).toMatchObject([{ actorId: person.id }]);
  });

  it('is counted by the security page', async () => {
    const person = await verifiedPerson(app);
    const page = async (): Promise<unknown> =>
      (await app.http.get('/api/users/me/security', { headers: person.headers })).body.data['passkeys'];
    expect(await page()).toBe(0);
    await addPasskey(app, person);
    const { id } = await addPasskey(app, person);
    expect(await page()).toBe(2);
    await remove(person, id);
    expect(await page()).toBe(1);
  });

  it.each<[string, Deviation]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['a subdomain that is not listed', { origin: 'https://blog.app.example' }],
    ['another app', { origin: `${ANDROID_ORIGIN.slice(0, -1)}B` }],
    ['another domain', { rpId: 'evil.example' }],
    ['a challenge of no one', { challenge: 'a'.repeat(72) }],
    ['the response to a login', { type: 'webauthn.get' }],
    ['no user verification', { userVerified: false }],
    ['no user presence', { userPresent: false }],
    ['an algorithm that was not offered', { algorithm: -47 }],
    ['another id than the authenticator signed', { id: 'AAAA' }],
    ['a frame of another origin', { clientData: { crossOrigin: true } }],
  ])('refuses %s', async (_, deviation) => {
    const person = await verifiedPerson(app);
    const credential = await createPasskey(app, person, new SoftwareAuthenticator(), deviation);
    const answer = await add(person, { credential });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', message: [CREDENTIAL_PROBLEM] } });
    expect(await list(person)).toEqual([]);
  });

  it('refuses a passkey that is not discoverable', async () => {
    const person = await verifiedPerson(app);
    const credential = await createPasskey(app, person, new SoftwareAuthenticator());
    credential.clientExtensionResults = { credProps: { rk: false } };
    expect(await add(person, { credential })).toMatchObject({ status: 400 });
  });

  it('refuses a challenge of another user, of a login, that was spent, or that has expired', async () => {
    const [person, other] = [await verifiedPerson(app), await verifiedPerson(app)];
    const authenticator = new SoftwareAuthenticator();
    const login = await app.http.post('/api/auth/passkey/options');
    const spent = await createPasskey(app, person, authenticator);
    expect(await add(person, { credential: spent })).toMatchObject({ status: 201 });
    const again = await createPasskey(app, person, authenticator, { challenge: challengeIn(spent) });
    const late = await createPasskey(app, person, authenticator);
    const attempts = [
      await createPasskey(app, other, authenticator),
      await createPasskey(app, person, authenticator, { challenge: login.body.data.challenge }),
      spent,
      again,
    ];
    for (const credential of attempts) expect(await add(person, { credential })).toMatchObject({ status: 400 });
    clock.advance(LIFETIME_SECONDS);
    expect(await add(person, { credential: late })).toMatchObject({ status: 400 });
    expect(await list(person)).toHaveLength(1);
  });

  it('refuses a passkey that is registered already, whoever has it', async () => {
    const [person, other] = [await verifiedPerson(app), await verifiedPerson(app)];
    const { authenticator } = await addPasskey(app, person);
    const taken = authenticator.get({ challenge: '' }).id;
    for (const registrant of [person, other]) {
      const again = authenticator.clone();
      const credential = await createPasskey(app, registrant, again, { credentialId: taken });
      expect(await add(registrant, { credential })).toMatchObject({
        status: 400,
        body: { message: [CREDENTIAL_PROBLEM] },
      });
    }
  });

  it('does not read what an authenticator states about itself', async () => {
    const person = await verifiedPerson(app);
    const statement = new Map([
      ['sig', Buffer.from('not a signature')],
      ['x5c', Buffer.from('not a list of certificates')],
    ]);
    for (const format of ['packed', 'tpm', 'fido-u2f', 'unheard-of']) {
      const authenticator = new SoftwareAuthenticator();
      const credential = await createPasskey(app, person, authenticator, { attestation: [format, statement] });
      expect(await add(person, { credential })).toMatchObject({ status: 201 });
    }
  });

  it('ignores fields of the credential that it does not know, as browsers add them', async () => {
    const person = await verifiedPerson(app);
    const credential = await createPasskey(app, person, new SoftwareAuthenticator());
    const newer = {
      ...credential,
      signals: { one: 1 },
      response: { ...credential.response, publicKeyAlgorithm: -7, publicKey: 'AAAA' },
    };
    expect(await add(person, { credential: newer })).toMatchObject({
      status: 201,
      body: { data: { name: 'Passkey' } },
    });
  });

  it.each<[string, unknown]>([
    ['a string', 'credential'],
    ['null', null],
    ['a list', []],
    ['nothing', {}],
    ['no response', { id: 'a', rawId: 'a', type: 'public-key', clientExtensionResults: {} }],
    ['a number as the id', { id: 1, rawId: 1, type: 'public-key', clientExtensionResults: {}, response: {} }],
  ])('refuses %s as the credential', async (_, credential) => {
    const answer = await add(await verifiedPerson(app), { credential });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it(`lets a user have ${PASSKEYS_MAX}, also of those that are added at the same time`, async () => {
    const person = await verifiedPerson(app);
    for (let added = 0; added < PASSKEYS_MAX - 2; added++) await addPasskey(app, person);
    const credentials = await Promise.all(
      Array.from({ length: 5 }, () => createPasskey(app, person, new SoftwareAuthenticator())),
    );
    const answers = await Promise.all(credentials.map((credential) => add(person, { credential })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('passkey_limit_reached');
    expect(await options(person)).toMatchObject({ status: 409, body: { code: 'passkey_limit_reached' } });
    expect(await list(person)).toHaveLength(PASSKEYS_MAX);
  });

  it('spends a challenge once, also of those presented at the same time', async () => {
    const person = await verifiedPerson(app);
    const { body } = await options(person);
    const credentials = Array.from({ length: 5 }, () => new SoftwareAuthenticator().create(body.data as never));
    const answers = await Promise.all(credentials.map((credential) => add(person, { credential })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400]);
  });
});

describe('PATCH /api/users/me/passkeys/{id}', () => {
  it('renames a passkey', async () => {
    const person = await verifiedPerson(app);
    const { id } = await addPasskey(app, person);
    expect(await rename(person, id.toUpperCase(), 'Phone')).toMatchObject({
      status: 200,
      body: { data: { id, name: 'Phone' } },
    });
    expect(await list(person)).toMatchObject([{ id, name: 'Phone' }]);
  });

  it('answers 404 for the passkey of another user, and for what is no id', async () => {
    const [person, other] = [await verifiedPerson(app), await verifiedPerson(app)];
    const { id } = await addPasskey(app, other);
    for (const unknown of [id, '01935c74-6f7a-7b82-8c9d-1e2f3a4b5c6d', 'x', `{${id}}`]) {
      const answers = [
        await rename(person, encodeURIComponent(unknown), 'Phone'),
        await remove(person, encodeURIComponent(unknown)),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: 'passkey_not_found' } });
    }
    expect(await list(other)).toMatchObject([{ id, name: 'Passkey' }]);
  });

  it('refuses a name that no one could see', async () => {
    const person = await verifiedPerson(app);
    const { id } = await addPasskey(app, person);
    for (const name of ['', '  ', '\u200b', 'a\u0000', 'x'.repeat(65)]) {
      expect(await rename(person, id, name)).toMatchObject({ status: 400 });
    }
  });
});

describe('DELETE /api/users/me/passkeys/{id}', () => {
  it('removes a passkey, which logs in no more, notifies its user and is in the audit', async () => {
    const person = await verifiedPerson(app);
    const { id, authenticator } = await addPasskey(app, person);
    const signed = await signChallenge(app, authenticator);
    expect(await remove(person, id)).toMatchObject({ status: 204 });
    expect(await app.http.post('/api/auth/passkey', { json: { credential: signed } })).toMatchObject({ status: 401 });
    expect(await list(person)).toEqual([]);
    expect((await subjects(person)).at(-1)).toBe('A passkey of your Stagedoor account was removed');
    expect(await events(person.id, 'passkey.removed')).toMatchObject([{ actorId: person.id }]);
    expect(await remove(person, id)).toMatchObject({ status: 404 });
  });

  it('goes with its user', async () => {
    const person = await verifiedPerson(app);
    await addPasskey(app, person);
    const { headers } = await superAdmin(app);
    expect(await app.http.delete(`/api/users/${person.id}`, { headers })).toMatchObject({ status: 204 });
    expect(await count(app.database, 'passkeys WHERE user_id = $1', [person.id])).toBe(0);
  });
});

describe('ACCOUNTS 46: a session that is not recent', () => {
  it('lists its passkeys and changes none', async () => {
    const person = await verifiedPerson(app);
    const { id, authenticator } = await addPasskey(app, person);
    const credential = await createPasskey(app, person, authenticator);
    clock.advance(11 * 60);
    const refused = [
      await options(person),
      await add(person, { credential }),
      await rename(person, id, 'Mine'),
      await remove(person, id),
    ];
    for (const answer of refused)
      expect(answer).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    expect(await list(person)).toMatchObject([{ id, name: 'Passkey' }]);
  });
});

describe('without PASSKEY_RP_ID', () => {
  it('answers 501 to every ceremony', async () => {
    const plain = await startApp();
    try {
      const { headers } = await signUp(plain);
      await plain.database.query('UPDATE users SET email_verified_at = now()');
      const authenticator = new SoftwareAuthenticator();
      const creation = await options(await verifiedPerson(app));
      const credential = authenticator.create(creation.body.data as never);
      const answers = [
        await plain.http.post('/api/users/me/passkeys/options', { headers }),
        await plain.http.post('/api/users/me/passkeys', { headers, json: { credential } }),
        await plain.http.post('/api/auth/passkey/options'),
        await plain.http.post('/api/auth/passkey', { json: { credential: authenticator.get({ challenge: '' }) } }),
      ];
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 501, body: { code: 'passkeys_not_configured' } });
      expect(await plain.http.get('/api/users/me/passkeys', { headers })).toMatchObject({
        status: 200,
        body: { data: [] },
      });
    } finally {
      await plain.close();
    }
  });
});

function challengeIn({ response }: { response: { clientDataJSON: string } }): string {
  const data = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()) as { challenge: string };
  return data.challenge;
}
