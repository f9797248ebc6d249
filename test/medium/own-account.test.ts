import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal, Role } from '../../src/common/principal.js';
import { EmailChangeService } from '../../src/modules/accounts/email-change.service.js';
import { EmailUndoService } from '../../src/modules/accounts/email-undo.service.js';
import { EmailVerificationService } from '../../src/modules/accounts/email-verification.service.js';
import { PasswordResetService } from '../../src/modules/accounts/password-reset.service.js';
import { ResetCodesService } from '../../src/modules/accounts/reset-codes.service.js';
import { ApiKeysService } from '../../src/modules/api-keys/api-keys.service.js';
import { LoginService } from '../../src/modules/auth/login.service.js';
import { PasswordChangeService } from '../../src/modules/auth/password-change.service.js';
import { ReauthenticationService } from '../../src/modules/auth/reauthentication.service.js';
import { ActiveSessionsService } from '../../src/modules/sessions/active-sessions.service.js';
import { NewUsers } from '../../src/modules/users/new-users.js';
import { UserStandingService } from '../../src/modules/users/user-standing.service.js';
import { UsersService } from '../../src/modules/users/users.service.js';
import { count, gate, untilWaiting } from '../support/accounts.js';
import { CALLER } from '../support/caller.js';
import { onPostgres } from '../support/database.js';
import { startApp } from '../support/app.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { admin, freshEmail, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';
import { claimsOf } from '../support/tokens.js';

const NEW_PASSWORD = 'Quiet-Harbour-4711';

let app: MailApp;
beforeAll(async () => {
  app = await startMailApp();
});
afterAll(() => app.close());

function principalOf({ id, token }: Person): Principal {
  const { role, sid } = claimsOf(token);
  return { kind: 'session', userId: id, role: role as Role, sessionId: String(sid) };
}

/** What a caller may change of an account, apart from the times of its sessions. */
async function stateOf({ id }: Person): Promise<unknown> {
  const [row] = await app.database.query<{ state: unknown }>(
    `SELECT jsonb_build_object(
       'user', to_jsonb(u), 'keys', (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.id) FROM api_keys k WHERE k.user_id = u.id),
       'mails', (SELECT count(*) FROM outbox_messages m WHERE m.user_id = u.id)) AS state
       FROM users u WHERE u.id = $1`,
    [id],
  );
  return row?.state;
}

let person: Person;
let keyId: string;
let principal: Principal;
beforeEach(async () => {
  person = await signUp(app);
  ({ keyId } = await makeKey(app, person));
  principal = principalOf(person);
});

const change = (email: string): Promise<void> => app.nest.get(EmailChangeService).request(principal, { email }, CALLER);

/** A code that would change the address of the person. */
async function codeOfChange(): Promise<string> {
  const email = freshEmail();
  await change(email);
  return app.codeFor(email);
}

/** Every change that users make to their own account, prepared as far as the session allows while it lasts. */
const CHANGES: Record<string, () => Promise<() => Promise<unknown>>> = {
  'creating an API key': async () => () => app.nest.get(ApiKeysService).create(principal, {}),
  'rotating an API key': async () => () => app.nest.get(ApiKeysService).rotate(principal, keyId),
  'deleting an API key': async () => () => app.nest.get(ApiKeysService).delete(principal, keyId),
  'changing the profile': async () => () =>
    app.nest.get(UsersService).updateProfile(principal, { firstName: 'Jane', username: `jane.${Date.now()}` }),
  'changing the password': async () => () =>
    app.nest.get(PasswordChangeService).change(principal, PASSWORD, NEW_PASSWORD, CALLER),
  'asking for another address': async () => () => change(freshEmail()),
  'confirming another address': async () => {
    const code = await codeOfChange();
    return () => app.nest.get(EmailVerificationService).verify(principal, code, CALLER);
  },
  'confirming the password': async () => () =>
    app.nest.get(ReauthenticationService).reauthenticate(principal, { password: PASSWORD }, CALLER),
};

describe.each(Object.entries(CHANGES))('%s', (_, prepare) => {
  it('is refused when the session was revoked after the request was authenticated, and changes nothing', async () => {
    const act = await prepare();
    await app.nest.get(ActiveSessionsService).revoke(principal.sessionId ?? '');
    const before = await stateOf(person);
    await expect(act()).rejects.toMatchObject({ code: 'invalid_token' });
    expect(await stateOf(person)).toEqual(before);
  });
});

/** Makes `first` and `second` wait for the account, in this order, and lets them go. */
async function inTurn(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const [locked, free] = [gate(), gate()];
  const holding = app.database.transaction(async (manager) => {
    await manager.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [person.id]);
    locked.open();
    await free.passed;
  });
  await locked.passed;
  const outcomes = [first()];
  await untilWaiting(app.database, 1);
  outcomes.push(second());
  await untilWaiting(app.database, 2);
  free.open();
  await holding;
  return Promise.allSettled(outcomes);
}

/** A reset by the owner of the mailbox. */
async function prepareReset(): Promise<() => Promise<void>> {
  await app.http.post('/api/auth/password/forgot', { json: { email: person.email } });
  const code = await app.codeFor(person.email);
  return () =>
    app.nest.get(PasswordResetService).reset({ code, newPassword: NEW_PASSWORD, keepApiKeys: false }, CALLER);
}

// The embedded database has one connection, so nothing waits for a lock there.
describe.runIf(onPostgres())('a request that waits while the account changes hands', () => {
  const keys = (): Promise<unknown[]> => app.database.query('SELECT id FROM api_keys WHERE user_id = $1', [person.id]);

  it('adds no API key after a takeover by the owner of the mailbox', async () => {
    const [reset, created] = await inTurn(await prepareReset(), () =>
      app.nest.get(ApiKeysService).create(principal, {}),
    );
    expect(reset.status).toBe('fulfilled');
    expect(created).toMatchObject({ status: 'rejected', reason: { code: 'invalid_token' } });
    expect(await keys()).toEqual([]);
  });

  it('adds and rotates no API key after the change of address is undone', async () => {
    await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    await app.database.query(`UPDATE api_keys SET created_at = now() - interval '8 days' WHERE user_id = $1`, [
      person.id,
    ]);
    const code = await codeOfChange();
    await app.nest.get(EmailVerificationService).verify(principal, code, CALLER);
    const undoCode = await app.codeFor(person.email);
    const before = await stateOf(person);
    const [undone, rotated] = await inTurn(
      () => app.nest.get(EmailUndoService).undo(undoCode, CALLER),
      () => app.nest.get(ApiKeysService).rotate(principal, keyId),
    );
    expect(undone.status).toBe('fulfilled');
    expect(rotated).toMatchObject({ status: 'rejected', reason: { code: 'invalid_token' } });
    expect(await stateOf(person)).toMatchObject({ keys: (before as { keys: unknown }).keys });
  });

  it('ACCOUNTS 36: a login that waits for a reset opens no session', async () => {
    const reset = await prepareReset();
    const [done, login] = await inTurn(reset, () => app.nest.get(LoginService).logIn(person.email, PASSWORD, CALLER));
    expect(done.status).toBe('fulfilled');
    expect(login).toMatchObject({ status: 'rejected', reason: { code: 'invalid_credentials' } });
    expect(await count(app.database, 'sessions WHERE user_id = $1', [person.id])).toBe(0);
  });

  it('ACCOUNTS 36: a reset that waits for a login ends its session', async () => {
    const reset = await prepareReset();
    const [login, done] = await inTurn(() => app.nest.get(LoginService).logIn(person.email, PASSWORD, CALLER), reset);
    expect([login.status, done.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(await count(app.database, 'sessions WHERE user_id = $1', [person.id])).toBe(0);
  });

  it('ACCOUNTS 36: a reset on one instance ends sessions and tokens on the others', async () => {
    // Before the other instance starts, which would deliver the code to a folder of its own.
    const reset = await prepareReset();
    const other = await startApp({ database: await app.database.anotherPool() });
    try {
      const status = async (): Promise<number> =>
        (await other.http.get('/api/users/me', { headers: person.headers })).status;
      expect(await status()).toBe(200);
      await reset();
      await expect.poll(status, { timeout: 60_000 }).toBe(401);
      const json = { refreshToken: person.refreshToken };
      expect((await other.http.post('/api/auth/refresh', { json })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('ACCOUNTS 42: a sign-up with the old address never gets it, by 20 at once while the change commits', async () => {
    await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    const code = await codeOfChange();
    const signUpOnce = (): Promise<unknown> => {
      const stranger = { email: person.email, passwordHash: null, firstName: 'John', lastName: 'Doe' };
      return app.database.transaction((manager) => app.nest.get(NewUsers, { strict: false }).signUp(manager, stranger));
    };
    const [changed, ...signUps] = await Promise.allSettled([
      app.nest.get(EmailVerificationService).verify(principal, code, CALLER),
      ...Array.from({ length: 20 }, signUpOnce),
    ]);
    expect(changed.status).toBe('fulfilled');
    for (const outcome of signUps)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'email_taken' } });
    await app.nest.get(EmailUndoService).undo(await app.codeFor(person.email), CALLER);
    expect(await stateOf(person)).toMatchObject({ user: { email: person.email } });
  });

  it('makes no reset code for a user who was promoted meanwhile', async () => {
    const [helper, root] = [await admin(app), await superAdmin(app)];
    const [promoted, made] = await inTurn(
      () => app.nest.get(UserStandingService).change(principalOf(root), person.id, { role: 'admin' }),
      () => app.nest.get(ResetCodesService).create(principalOf(helper), person.id),
    );
    expect(promoted.status).toBe('fulfilled');
    expect(made).toMatchObject({ status: 'rejected', reason: { code: 'forbidden' } });
    expect(await count(app.database, 'email_codes WHERE user_id = $1 AND ended_at IS NULL', [person.id])).toBe(0);
  });

  it('starts no change of address after a takeover', async () => {
    const [reset, changed] = await inTurn(await prepareReset(), () => change(freshEmail()));
    expect(reset.status).toBe('fulfilled');
    expect(changed).toMatchObject({ status: 'rejected', reason: { code: 'invalid_token' } });
    expect(await stateOf(person)).toMatchObject({ user: { pending_email: null } });
  });
});
