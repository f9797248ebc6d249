import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/common/principal.js';
import { ApiKeyVerifier } from '../../src/modules/api-keys/api-key-verifier.js';
import { ApiKeysService } from '../../src/modules/api-keys/api-keys.service.js';
import { ActiveSessionsService } from '../../src/modules/sessions/active-sessions.service.js';
import { generateRefreshToken } from '../../src/modules/sessions/refresh-token.js';
import { SessionsService } from '../../src/modules/sessions/sessions.service.js';
import type { StandingChange } from '../../src/modules/users/user-policy.js';
import { UserStandingService } from '../../src/modules/users/user-standing.service.js';
import { type Account, count, insertAccount, insertLoggedIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { onPostgres } from '../support/database.js';
import { insertPasskey } from '../support/passkeys.js';

let app: TestApp;
let standing: UserStandingService;
beforeAll(async () => {
  app = await startApp();
  standing = app.nest.get(UserStandingService);
});
afterAll(() => app.close());

const sql = (statement: string, values: unknown[] = []): Promise<unknown> => app.database.query(statement, values);
const standingOf = async ({ id }: Account): Promise<object> => {
  const [row] = await app.database.query('SELECT role, status FROM users WHERE id = $1', [id]);
  return row;
};

/** Somebody with two sessions and an API key. */
async function loggedIn(): Promise<Account & { secret: string; sessionIds: string[] }> {
  const account = await insertAccount(app.database);
  const sessions = app.nest.get(SessionsService);
  const open = async (): Promise<string> => {
    const { id, principal } = account;
    const user = { id, role: principal.role, emailVerifiedAt: null, totpEnabledAt: null, passkeyCount: 0 };
    const proof = { kind: 'identity' } as const;
    return (await sessions.open({ user, proof, refreshToken: generateRefreshToken() }, CALLER)).sessionId;
  };
  const sessionIds = [await open(), await open()];
  const { secret } = await app.nest.get(ApiKeysService).create({ ...account.principal, sessionId: sessionIds[0] }, {});
  return { ...account, secret, sessionIds };
}
const sessionsOf = ({ id }: Account): Promise<number> => count(app.database, 'sessions WHERE user_id = $1', [id]);
const keyWorks = (secret: string): Promise<boolean> =>
  app.nest
    .get(ApiKeyVerifier)
    .verify(secret, CALLER)
    .then(
      () => true,
      () => false,
    );

describe('SECURITY 9: a change of standing, by whatever path', () => {
  it.each([
    `status = 'suspended'`,
    `status = 'inactive'`,
    `role = 'admin'`,
    `role = 'SUPER_ADMIN'`,
    `role = 'admin', status = 'suspended'`,
  ])('ends all sessions of the person, and nobody else’s: %s in plain SQL', async (change) => {
    const [person, bystander] = [await loggedIn(), await loggedIn()];
    await sql(`UPDATE users SET ${change} WHERE id = $1`, [person.id]);
    expect([await sessionsOf(person), await sessionsOf(bystander)]).toEqual([0, 2]);
  });

  it.each([
    `first_name = 'Jane'`,
    `role = 'user'`,
    `status = 'active'`,
    `password_hash = 'other'`,
    `updated_at = now()`,
  ])('is not seen where there is none: %s', async (change) => {
    const person = await loggedIn();
    await sql(`UPDATE users SET ${change} WHERE id = $1`, [person.id]);
    expect(await sessionsOf(person)).toBe(2);
  });

  it('ends no session when the transaction around it is given up', async () => {
    const person = await loggedIn();
    await expect(
      app.database.transaction(async (manager) => {
        await manager.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [person.id]);
        throw new Error('given up');
      }),
    ).rejects.toThrow('given up');
    expect(await sessionsOf(person)).toBe(2);
  });

  it.each(['suspended', 'inactive'] as const)(
    'to %s lets keys rest; they work again once the person is active, and sessions do not come back',
    async (status) => {
      const [root, person] = [await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' }), await loggedIn()];
      await standing.change(root.principal, person.id, { status });
      expect(await keyWorks(person.secret)).toBe(false);
      await standing.change(root.principal, person.id, { status: 'active' });
      expect(await keyWorks(person.secret)).toBe(true);
      expect(await sessionsOf(person)).toBe(0);
    },
  );

  it('of a key’s owner is the key’s at once: it acts with the role its owner has now', async () => {
    const [root, person] = [await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' }), await loggedIn()];
    for (const role of ['admin', 'user'] as const) {
      await standing.change(root.principal, person.id, { role });
      expect((await app.nest.get(ApiKeyVerifier).verify(person.secret, CALLER)).role).toBe(role);
    }
  });

  it('through the service to what it already is ends nothing', async () => {
    const [root, person] = [await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' }), await loggedIn()];
    await standing.change(root.principal, person.id, { role: 'user', status: 'active' });
    expect(await sessionsOf(person)).toBe(2);
  });
});

describe('an admin whose session was revoked after the request was authenticated', () => {
  it.each<[string, (principal: Principal, id: string) => Promise<unknown>]>([
    ['grants no role', (principal, id) => standing.change(principal, id, { role: 'admin' })],
    ['suspends no one', (principal, id) => standing.change(principal, id, { status: 'suspended' })],
    ['verifies no address', (principal, id) => standing.change(principal, id, { emailVerified: true })],
    ['deletes no one', (principal, id) => standing.delete(principal, id)],
    ['ends no sessions', (principal, id) => app.nest.get(ActiveSessionsService).revokeAllOf(principal, id)],
  ])('%s', async (_, act) => {
    const [{ id, principal }, person] = [
      await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' }),
      await insertLoggedIn(app.database),
    ];
    const before = await app.database.query('SELECT * FROM users WHERE id = $1', [person.id]);
    await sql(`UPDATE users SET role = 'user' WHERE id = $1`, [id]);
    await expect(act(principal, person.id)).rejects.toMatchObject({ code: 'invalid_token' });
    expect(await app.database.query('SELECT * FROM users WHERE id = $1', [person.id])).toEqual(before);
    expect(await sessionsOf(person)).toBe(1);
  });
});

describe('deleting a person', () => {
  it('deletes their sessions, keys, artists and songs with them, and nothing of anybody else', async () => {
    const [person, bystander] = [await loggedIn(), await loggedIn()];
    for (const { id } of [person, bystander]) {
      await sql(
        `WITH artist AS (
           INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
           VALUES (gen_random_uuid(), $1, 'Name', 'active', now(), now()) RETURNING id)
         INSERT INTO songs (id, artist_id, user_id, title, created_at, updated_at)
         SELECT gen_random_uuid(), id, $1, 'Title', now(), now() FROM artist`,
        [id],
      );
    }
    const root = await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' });
    await standing.delete(root.principal, person.id);
    for (const table of ['sessions', 'api_keys', 'artists', 'songs']) {
      expect(await count(app.database, `${table} WHERE user_id = $1`, [person.id])).toBe(0);
      expect(await count(app.database, `${table} WHERE user_id = $1`, [bystander.id])).toBeGreaterThan(0);
    }
    expect(await keyWorks(person.secret)).toBe(false);
  });
});

describe('SECURITY 20: the last active SUPER_ADMIN', () => {
  let roots: Account[];
  const active = `users WHERE role = 'SUPER_ADMIN' AND status = 'active'`;

  /** Leaves two. */
  beforeEach(async () => {
    roots = await Promise.all([1, 2].map(() => insertLoggedIn(app.database, { role: 'SUPER_ADMIN' })));
    await sql(`DELETE FROM users WHERE role = 'SUPER_ADMIN' AND id <> ALL($1)`, [roots.map(({ id }) => id)]);
  });
  const onlyOne = (): Promise<unknown> => sql('DELETE FROM users WHERE id = $1', [roots[1].id]);

  const CHANGES: StandingChange[] = [
    { role: 'user' },
    { role: 'admin' },
    { status: 'inactive' },
    { status: 'suspended' },
    { role: 'user', status: 'suspended' },
  ];

  it.each(CHANGES)('cannot become %o by the service', async (change) => {
    await onlyOne();
    await expect(standing.change(roots[0].principal, roots[0].id, change)).rejects.toMatchObject({
      code: 'last_super_admin',
    });
    expect(await standingOf(roots[0])).toEqual({ role: 'SUPER_ADMIN', status: 'active' });
  });

  it('cannot be deleted by the service', async () => {
    await onlyOne();
    await expect(standing.delete(roots[0].principal, roots[0].id)).rejects.toMatchObject({ code: 'last_super_admin' });
    expect(await standingOf(roots[0])).toEqual({ role: 'SUPER_ADMIN', status: 'active' });
  });

  it.each([
    `UPDATE users SET role = 'user' WHERE role = 'SUPER_ADMIN'`,
    `UPDATE users SET role = 'admin', status = 'inactive'`,
    `UPDATE users SET status = 'suspended'`,
    `DELETE FROM users`,
    `DELETE FROM users WHERE role = 'SUPER_ADMIN'`,
  ])('stays whoever tries in plain SQL: %s', async (statement) => {
    await expect(sql(statement)).rejects.toThrow(/last active SUPER_ADMIN/);
    expect(await count(app.database, active)).toBe(2);
  });

  it('is not the one who is suspended: a suspended SUPER_ADMIN may go', async () => {
    await sql(`UPDATE users SET status = 'suspended' WHERE id = $1`, [roots[1].id]);
    await standing.delete(roots[0].principal, roots[1].id);
    expect(await count(app.database, active)).toBe(1);
  });

  it('is not one who was invited and has not accepted, until there is a way to log in', async () => {
    await sql('UPDATE users SET password_hash = NULL WHERE id = $1', [roots[1].id]);
    await expect(standing.delete(roots[0].principal, roots[0].id)).rejects.toMatchObject({ code: 'last_super_admin' });
    await insertPasskey(app.database, roots[1].id);
    await standing.delete(roots[0].principal, roots[0].id);
    expect(await count(app.database, active)).toBe(1);
  });

  it('does not keep an invitation: it may be withdrawn', async () => {
    await sql('UPDATE users SET password_hash = NULL WHERE id = $1', [roots[1].id]);
    await standing.delete(roots[0].principal, roots[1].id);
    expect(await count(app.database, active)).toBe(1);
  });

  it('may go once there is another', async () => {
    await standing.delete(roots[1].principal, roots[0].id);
    expect(await standingOf(roots[1])).toEqual({ role: 'SUPER_ADMIN', status: 'active' });
  });

  describe.runIf(onPostgres())('when two act on each other at the same instant', () => {
    const acts: [string, (actor: Account, target: Account) => Promise<unknown>][] = [
      ['delete', (actor, target) => standing.delete(actor.principal, target.id)],
      ['demote', (actor, target) => standing.change(actor.principal, target.id, { role: 'user' })],
      ['suspend', (actor, target) => standing.change(actor.principal, target.id, { status: 'suspended' })],
      ['delete in plain SQL', (_, target) => sql('DELETE FROM users WHERE id = $1', [target.id])],
      ['demote in plain SQL', (_, target) => sql(`UPDATE users SET role = 'user' WHERE id = $1`, [target.id])],
    ];

    it.each(acts)('is always one of them: they %s one another, ten rounds', async (_, act) => {
      for (let round = 0; round < 10; round++) {
        const [a, b] = await Promise.all([1, 2].map(() => insertLoggedIn(app.database, { role: 'SUPER_ADMIN' })));
        await sql(`DELETE FROM users WHERE role = 'SUPER_ADMIN' AND id <> ALL($1)`, [[a.id, b.id]]);
        const outcomes = await Promise.allSettled([act(a, b), act(b, a)]);
        expect(await count(app.database, active)).toBe(1);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      }
    });

    it('is always one of them: one deletes while the other demotes, ten rounds', async () => {
      for (let round = 0; round < 10; round++) {
        const [a, b] = await Promise.all([1, 2].map(() => insertLoggedIn(app.database, { role: 'SUPER_ADMIN' })));
        await sql(`DELETE FROM users WHERE role = 'SUPER_ADMIN' AND id <> ALL($1)`, [[a.id, b.id]]);
        await Promise.allSettled([
          standing.delete(a.principal, b.id),
          standing.change(b.principal, a.id, { role: 'user' }),
        ]);
        expect(await count(app.database, active)).toBe(1);
      }
    });
  });
});
