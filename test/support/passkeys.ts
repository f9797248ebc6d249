import { randomBytes } from 'node:crypto';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { newId } from '../../src/common/ids.js';
import type { Database } from '../../src/database/database.js';
import type { TestApp } from './app.js';
import type { HttpAnswer } from './http-client.js';
import { type Person, signUp } from './people.js';
import { type Deviation, SoftwareAuthenticator } from './software-authenticator.js';

export const ORIGIN = 'https://app.example';
export const ANDROID_ORIGIN = 'android:apk-key-hash:wJ5FNHrC0jFZuJsgEtsODbAVdZPS1ZLzVh2P7tM1xkA';

/** Settings that turn passkeys on. */
export const PASSKEY_ENV = {
  PASSKEY_RP_ID: 'app.example',
  PASSKEY_ORIGINS: `${ORIGIN},https://admin.app.example,${ANDROID_ORIGIN}`,
};

type Caller = Pick<Person, 'headers'>;

/** Asks for options and creates a passkey with them, which is not yet added. */
export async function createPasskey(
  app: TestApp,
  { headers }: Caller,
  authenticator: SoftwareAuthenticator,
  deviation?: Deviation,
): Promise<ReturnType<SoftwareAuthenticator['create']>> {
  const answer = await app.http.post('/api/users/me/passkeys/options', { headers });
  if (answer.status !== 200) throw new Error(`passkey options answered ${answer.status}: ${answer.text}`);
  return authenticator.create(answer.body.data as never, deviation);
}

/** Creates and adds a passkey of this person. Returns its id. */
export async function addPasskey(
  app: TestApp,
  person: Caller,
  authenticator = new SoftwareAuthenticator(),
): Promise<{ readonly id: string; readonly authenticator: SoftwareAuthenticator }> {
  const credential = await createPasskey(app, person, authenticator);
  const answer = await app.http.post('/api/users/me/passkeys', { headers: person.headers, json: { credential } });
  if (answer.status !== 201) throw new Error(`adding a passkey answered ${answer.status}: ${answer.text}`);
  return { id: answer.body.data.id, authenticator };
}

/** Asks for options of a login, and signs their challenge. */
export async function signChallenge(
  app: TestApp,
  authenticator: SoftwareAuthenticator,
  deviation?: Deviation,
): Promise<AuthenticationResponseJSON> {
  const { body } = await app.http.post('/api/auth/passkey/options');
  return authenticator.get(body.data as never, deviation);
}

export async function logInByPasskey(
  app: TestApp,
  authenticator: SoftwareAuthenticator,
  deviation?: Deviation,
): Promise<HttpAnswer> {
  const credential = await signChallenge(app, authenticator, deviation);
  return app.http.post('/api/auth/passkey', { json: { credential } });
}

/** Inserts a passkey that no authenticator has, where it only has to exist. Returns its id. */
export async function insertPasskey(database: Database, userId: string): Promise<string> {
  const id = newId();
  await database.query(
    `INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, is_synced, transports, created_at)
     VALUES ($1, $2, 'Passkey', $3, '', 0, true, '{}', now())`,
    [id, userId, randomBytes(16)],
  );
  return id;
}

/** A new user whose address is verified, as adding a passkey requires where mails are sent. */
export async function verifiedPerson(app: TestApp): Promise<Person> {
  const person = await signUp(app);
  await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
  return person;
}
