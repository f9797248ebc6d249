import argon2 from 'argon2';
import { expect } from 'vitest';
import { newId } from '../../src/common/ids.js';
import type { Principal, Role, UserStatus } from '../../src/common/principal.js';
import type { Database } from '../../src/database/database.js';

/** An account inserted by SQL, which costs no password hash. */
export interface Account {
  readonly id: string;
  readonly email: string;
  /** The account as a caller of the core with a session, which does not exist before {@link insertSession}. */
  readonly principal: Principal;
}

interface AccountOptions {
  readonly role?: Role;
  readonly status?: UserStatus;
  readonly passwordHash?: string;
  readonly isVerified?: boolean;
}

export async function insertAccount(
  database: Database,
  { role = 'user', status = 'active', passwordHash = 'none', isVerified = false }: AccountOptions = {},
): Promise<Account> {
  const id = newId();
  const email = `${id}@example.com`;
  await database.query(
    `INSERT INTO users (id, email, username, first_name, last_name, password_hash, role, status, created_at, updated_at,
                        email_verified_at)
     VALUES ($1, $2, $3, 'John', 'Doe', $4, $5, $6, now(), now(), CASE WHEN $7::boolean THEN now() END)`,
    [id, email, id.replaceAll('-', '').slice(2), passwordHash, role, status, isVerified],
  );
  return { id, email, principal: { kind: 'session', userId: id, role, sessionId: newId() } };
}

/** Inserts the session of an account's principal, for calls that require it to exist. */
export async function insertSession(database: Database, { principal }: Pick<Account, 'principal'>): Promise<void> {
  await database.query(
    `INSERT INTO sessions (id, user_id, created_at, authenticated_at, expires_at)
     VALUES ($1, $2, now(), now(), now() + interval '10 years')`,
    [principal.sessionId, principal.userId],
  );
}

/** An account whose principal has its session. */
export async function insertLoggedIn(database: Database, options: AccountOptions = {}): Promise<Account> {
  const account = await insertAccount(database, options);
  await insertSession(database, account);
  return account;
}

/** A hash as the app of a test makes it. */
export function cheapHash(password: string): Promise<string> {
  return argon2.hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 });
}

/** The number of rows of a table, or of what follows FROM. */
export async function count(database: Database, from: string, values: unknown[] = []): Promise<number> {
  const [row] = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`, values);
  return row.count;
}

/** Resolves once this many sessions of the database wait for a lock. Server only. */
export async function untilWaiting(database: Database, sessions: number): Promise<void> {
  const waiting = `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(() => count(database, waiting)).toBeGreaterThanOrEqual(sessions);
}

/** A gate: `passed` resolves when it is opened. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
