import { SystemClock } from '../../src/common/clock.js';
import { UNKNOWN_ID } from './api-answers.js';
import type { Fixture } from './example-calls.js';
import { apiKey, bearer } from './http-client.js';
import type { MailApp } from './mailbox.js';
import { addPasskey, createPasskey, insertPasskey, signChallenge, verifiedPerson } from './passkeys.js';
import { admin, freshEmail, makeKey, PASSWORD, signUp, superAdmin } from './people.js';
import { Authenticator, setUpTotp } from './second-factor.js';
import { SoftwareAuthenticator } from './software-authenticator.js';

/*
 * A fixture for each operation of /api on accounts, credentials and sessions.
 */

/** That of the app. */
const CLOCK = new SystemClock();

/** Made by another system. */
const BCRYPT_HASH = '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW';

const PROFILE = { name: 'John Doe', password: PASSWORD };

async function resetCode(app: MailApp): Promise<string> {
  const [root, person] = [await superAdmin(app), await signUp(app)];
  const answer = await app.http.post(`/api/users/${person.id}/reset-code`, { headers: root.headers });
  return answer.body.data.code;
}

export const ACCOUNT_FIXTURES: Readonly<Record<string, Fixture>> = {
  signUp: async (_, send) => {
    const json = { email: freshEmail(), ...PROFILE };
    await send({ json });
    await send({ json });
    await send({ json: { ...json, email: 'john.example.com', password: 'short' } });
  },
  register: async (_, send) => {
    const json = { email: freshEmail(), password: PASSWORD, firstName: 'John', lastName: 'Doe' };
    await send({ json });
    await send({ json });
    await send({ json: { ...json, firstName: 'J' } });
  },
  logIn: async (app, send) => {
    const { email } = await signUp(app);
    await send({ json: { email, password: PASSWORD } });
    await send({ json: { email, password: 'not-the-password' } });
    await send({ json: { email } });
  },
  refresh: async (app, send) => {
    const { refreshToken } = await signUp(app);
    await send({ json: { refreshToken } });
    await send({ json: { refreshToken: 'unknown' } });
    await send({ json: {} });
  },
  logOut: async (app, send) => {
    const { headers, refreshToken } = await signUp(app);
    await send({ headers, json: { refreshToken } });
    await send({ json: {} });
    await send({ json: { refreshToken: 1 } });
  },
  forgotPassword: async (app, send) => {
    const { email } = await signUp(app);
    await send({ json: { email } });
    await send({ json: { email: 'john.example.com' } });
  },
  resetPassword: async (app, send) => {
    const json = { code: await resetCode(app), newPassword: 'quiet-Harbour-42' };
    await send({ json });
    await send({ json: { ...json, newPassword: 'short' } });
  },
  undoEmailChange: async (app, send) => {
    const { email, headers } = await verifiedPerson(app);
    const changed = freshEmail();
    await app.http.post('/api/users/me/email', { headers, json: { email: changed } });
    await app.http.post('/api/users/me/email/verify', { headers, json: { code: await app.codeFor(changed) } });
    const json = { code: await app.codeFor(email) };
    await send({ json: {} });
    await send({ json });
    await send({ json });
  },
  reauthenticate: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers, json: { password: PASSWORD } });
    await send({ headers, json: { password: 'not-the-password' } });
    await send({ headers, json: {} });
  },
  listSessions: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers });
    await send();
  },
  endOtherSessions: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers });
  },
  endSession: async (app, send) => {
    const { headers } = await signUp(app);
    const sessions = await app.http.get('/api/auth/sessions', { headers });
    await send({ headers, path: [UNKNOWN_ID] });
    await send({ headers, path: [sessions.body.data[0]['id']] });
  },
  endUserSessions: async (app, send) => {
    const [{ headers }, person] = [await admin(app), await signUp(app)];
    await send({ headers, path: [person.id] });
    await send({ headers, path: [UNKNOWN_ID] });
    await send({ headers: person.headers, path: [person.id] });
  },
  createKey: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers, json: { name: 'My Integration Key', scopes: ['artists:read'] } });
    await send({ headers, json: { scopes: ['artists:delete'] } });
  },
  listKeys: async (app, send) => {
    const person = await signUp(app);
    await makeKey(app, person, { name: 'My Integration Key', scopes: ['artists:read'] });
    await send({ headers: person.headers });
  },
  rotateKey: async (app, send) => {
    const person = await signUp(app);
    const { keyId } = await makeKey(app, person, { name: 'My Integration Key' });
    await send({ headers: person.headers, path: [keyId], json: { overlapSeconds: 3600 } });
    await send({ headers: person.headers, path: [keyId], json: { overlapSeconds: -1 } });
    await send({ headers: person.headers, path: ['key_unknown'], json: {} });
  },
  revokeLeakedKey: async (app, send) => {
    const [{ headers }, owner] = [await admin(app), await signUp(app)];
    const { apiKey: leaked } = await makeKey(app, owner);
    await send({ headers, json: { apiKey: leaked } });
    await send({ headers, json: {} });
    await send({ headers: owner.headers, json: { apiKey: leaked } });
  },
  deleteKey: async (app, send) => {
    const person = await signUp(app);
    const { keyId } = await makeKey(app, person);
    await send({ headers: person.headers, path: [keyId] });
    await send({ headers: person.headers, path: [keyId] });
  },
  listAuditEvents: async (app, send) => {
    const { headers } = await admin(app);
    const { id } = await signUp(app);
    await send({ headers, query: `?userId=${id}&size=1` });
    await send({ headers: (await signUp(app)).headers });
  },
  showMe: async (app, send) => {
    const person = await signUp(app);
    await send({ headers: person.headers });
    await send({ headers: bearer('x.y.z') });
    await send({ headers: apiKey((await makeKey(app, person, { scopes: ['artists:read'] })).apiKey) });
  },
  updateMe: async (app, send) => {
    const { headers } = await signUp(app);
    const other = await signUp(app);
    await send({ headers, json: { name: 'Jane Doe', phone: '+12025550123', locale: 'pt-BR' } });
    await send({ headers, json: { phone: '12025550123' } });
    await send({ headers, json: { username: other.username } });
  },
  deleteMe: async (app, send) => {
    await send({ headers: (await signUp(app)).headers });
    await send({ headers: (await superAdmin(app)).headers });
  },
  changePassword: async (app, send) => {
    const { headers } = await signUp(app);
    const json = { currentPassword: PASSWORD, newPassword: 'quiet-Harbour-42' };
    await send({ headers, json });
    await send({ headers, json });
    await send({ headers, json: { ...json, newPassword: 'short' } });
  },
  changeEmail: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers, json: { email: freshEmail() } });
    await send({ headers, json: { email: 'john.example.com' } });
  },
  verifyEmail: async (app, send) => {
    const { email, headers } = await signUp(app);
    await app.http.post('/api/users/me/email/resend', { headers });
    await send({ headers, json: { code: await app.codeFor(email) } });
    await send({ headers, json: {} });
  },
  resendCode: async (app, send) => {
    await send({ headers: (await signUp(app)).headers });
  },
  showSecurity: async (app, send) => {
    await send({ headers: (await signUp(app)).headers });
  },
  beginTotp: async (app, send) => {
    await send({ headers: (await verifiedPerson(app)).headers });
  },
  verifyTotp: async (app, send) => {
    const { headers } = await verifiedPerson(app);
    const begun = await app.http.post('/api/users/me/totp', { headers });
    const authenticator = new Authenticator(begun.body.data.secret, CLOCK);
    await send({ headers, json: {} });
    await send({ headers, json: { code: authenticator.code() } });
  },
  removeTotp: async (app, send) => {
    const person = await signUp(app);
    await setUpTotp(app, CLOCK, person);
    await send({ headers: person.headers });
  },
  replaceRecoveryCodes: async (app, send) => {
    const person = await signUp(app);
    await setUpTotp(app, CLOCK, person);
    await send({ headers: person.headers });
  },
  listPasskeys: async (app, send) => {
    const { id, headers } = await signUp(app);
    await insertPasskey(app.database, id);
    await send({ headers });
  },
  newPasskeyOptions: async (app, send) => {
    await send({ headers: (await verifiedPerson(app)).headers });
  },
  passkeyOptions: async (_, send) => {
    await send();
  },
  addPasskey: async (app, send) => {
    const person = await verifiedPerson(app);
    const { headers } = person;
    const credential = await createPasskey(app, person, new SoftwareAuthenticator());
    await send({ headers, json: { credential, name: 'MacBook' } });
    await send({ headers, json: { credential, name: 'MacBook' } });
  },
  logInByPasskey: async (app, send) => {
    const { authenticator } = await addPasskey(app, await verifiedPerson(app));
    const credential = await signChallenge(app, authenticator);
    await send({ json: { credential } });
    await send({ json: { credential } });
    await send({ json: {} });
  },
  renamePasskey: async (app, send) => {
    const { id, headers } = await signUp(app);
    const path = [await insertPasskey(app.database, id)];
    await send({ headers, path, json: { name: 'MacBook' } });
    await send({ headers, path, json: {} });
    await send({ headers, path: [UNKNOWN_ID], json: { name: 'MacBook' } });
  },
  removePasskey: async (app, send) => {
    const { id, headers } = await signUp(app);
    const path = [await insertPasskey(app.database, id)];
    await send({ headers, path });
    await send({ headers, path });
  },
  listUsers: async (app, send) => {
    const { headers } = await admin(app);
    const { username } = await signUp(app);
    await send({ headers, query: `?q=${username}` });
    await send({ headers: (await signUp(app)).headers });
  },
  inviteUser: async (app, send) => {
    const { headers } = await admin(app);
    const taken = await signUp(app);
    await send({ headers, json: { email: freshEmail(), name: 'Jane Doe' } });
    await send({ headers, json: { email: taken.email, name: 'Jane Doe' } });
    await send({ headers, json: { email: 'jane.example.com', name: 'Jane Doe' } });
  },
  showUser: async (app, send) => {
    const [{ headers }, { id }] = [await admin(app), await signUp(app)];
    await send({ headers, path: [id] });
    await send({ headers, path: [UNKNOWN_ID] });
  },
  updateUser: async (app, send) => {
    const [{ headers }, { id }] = [await admin(app), await signUp(app)];
    await send({ headers, path: [id], json: { status: 'suspended' } });
    await send({ headers, path: [id], json: { status: 'gone' } });
    await send({ headers, path: [UNKNOWN_ID], json: { status: 'suspended' } });
  },
  importUsers: async (app, send) => {
    const { headers } = await superAdmin(app);
    const ndjson = { email: freshEmail(), name: 'John Doe', emailVerified: true, passwordHash: BCRYPT_HASH };
    await send({ headers, ndjson });
    await send({ headers, ndjson, query: '?dryRun=true' });
    await send({ headers: (await admin(app)).headers, ndjson });
  },
  exportMe: async (app, send) => {
    const person = await signUp(app);
    await app.http.post('/api/artists', { headers: person.headers, json: { name: 'The Midnight Collective' } });
    await send({ headers: person.headers });
    await send();
  },
  exportUser: async (app, send) => {
    const [{ headers }, person] = [await superAdmin(app), await signUp(app)];
    await send({ headers, path: [person.id] });
    await send({ headers, path: [UNKNOWN_ID] });
    await send({ headers: person.headers, path: [person.id] });
  },
  createResetCode: async (app, send) => {
    const [{ headers }, { id }] = [await admin(app), await signUp(app)];
    await send({ headers, path: [id] });
    await send({ headers, path: [UNKNOWN_ID] });
  },
  deleteUser: async (app, send) => {
    const [{ headers }, { id }] = [await admin(app), await signUp(app)];
    await send({ headers, path: [id] });
    await send({ headers, path: [id] });
  },
  removeSecondFactors: async (app, send) => {
    const [{ headers }, { id }] = [await admin(app), await signUp(app)];
    await send({ headers, path: [id] });
    await send({ headers, path: [UNKNOWN_ID] });
  },
};
