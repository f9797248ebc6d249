import type { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids.js';
import type { Principal, Role, UserStatus } from '../../src/common/principal.js';

/** Somebody who was written straight into the database: without a password to log in by, and without its cost. */
export interface Account {
  readonly id: string;
  readonly email: string;
  /** Who they are when they call the core through a session. */
  readonly principal: Principal;
}

interface AccountOptions {
  readonly role?: Role;
  readonly status?: UserStatus;
  readonly passwordHash?: string;
}

export async function insertAccount(
  dataSource: DataSource,
  { role = 'user', status = 'active', passwordHash = 'none' }: AccountOptions = {},
): Promise<Account> {
  const id = newId();
  const email = `${id}@example.com`;
  await dataSource.query(
    `INSERT INTO users (id, email, username, first_name, last_name, password_hash, role, status, created_at, updated_at)
     VALUES ($1, $2, $3, 'John', 'Doe', $4, $5, $6, now(), now())`,
    [id, email, id.replaceAll('-', '').slice(2), passwordHash, role, status],
  );
  return { id, email, principal: { kind: 'session', userId: id, role, sessionId: newId() } };
}

/** The number that a query counts. */
export async function count(dataSource: DataSource, from: string, values: unknown[] = []): Promise<number> {
  const [row] = await dataSource.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM ${from}`, values);
  return row.count;
}

/** Resolves once so many sessions of this server database wait for somebody else's lock. */
export async function untilWaiting(dataSource: DataSource, sessions: number): Promise<void> {
  const waiting = `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await count(dataSource, waiting)) < sessions);
}

/** A gate: whoever awaits `passed` goes on when it is opened. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
