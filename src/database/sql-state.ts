import { QueryFailedError } from 'typeorm';

/*
 * What PostgreSQL's error codes (SQLSTATE; PostgreSQL manual, appendix A) mean to the app. Beside the connection settings,
 * since some of these errors occur only because of them.
 */

interface DriverError {
  readonly code?: unknown;
  readonly constraint?: unknown;
}

function driverError(error: unknown): DriverError {
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof inner === 'object' && inner !== null ? inner : {};
}

/** The SQLSTATE or the system's error code (`ECONNREFUSED`) of a failed statement. */
export function sqlState(error: unknown): string | undefined {
  const { code } = driverError(error);
  return typeof code === 'string' ? code : undefined;
}

/** Whether a statement failed because it broke this constraint or unique index. */
export function violates(error: unknown, constraint: string): boolean {
  return sqlState(error)?.startsWith('23') === true && driverError(error).constraint === constraint;
}

/** Raised by the trigger that keeps the last active SUPER_ADMIN. */
export const LAST_SUPER_ADMIN = 'SD001';

/** Raised by the trigger that keeps an address that an undo code can restore. */
export const RESERVED_ADDRESS = 'SD003';

/**
 * `bad_value`: a value of a wrong form or encoding, or out of range. `retryable`: the same transaction may succeed.
 * `read_only`: the session refuses writes; another connection may reach a server that takes them. `unavailable`: an
 * operator, or time, has to help first.
 */
export type DatabaseErrorKind = 'bad_value' | 'retryable' | 'read_only' | 'unavailable';

/** What each SQLSTATE means that input or an operator can cause. The first match counts; any other is a defect. */
const KINDS: readonly (readonly [RegExp, DatabaseErrorKind])[] = [
  [/^22(?:021|P02|003|007|008|P05)$/, 'bad_value'],
  [/^40(?:001|P01)$/, 'retryable'],
  // A standby, or default_transaction_read_only.
  [/^25006$/, 'read_only'],
  // Connection exceptions, also those of poolers.
  [/^08/, 'unavailable'],
  // Transactions that the server ended because they were idle, or took too long. (25P02 follows another error.)
  [/^25P0[34]$/, 'unavailable'],
  // A role or password that was changed, a database that was dropped or renamed, a privilege that was revoked.
  [/^28|^3D|^42501$/, 'unavailable'],
  // No disk, memory or connections; a lock that was not granted in time, a database that accepts no connections.
  [/^53|^55/, 'unavailable'],
  // Cancelled by a timeout or an operator; shutting down, starting up.
  [/^57/, 'unavailable'],
  // An error of the operating system; damaged data, or a defect of the server.
  [/^58|^XX/, 'unavailable'],
  // What the system says of a connection.
  [/^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/, 'unavailable'],
];
// What `pg` and its pool say without any code.
const UNAVAILABLE_TEXTS =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end|Client was closed/i;

/** The kind of database error, or undefined for any other error. */
export function databaseErrorKind(error: unknown): DatabaseErrorKind | undefined {
  const state = sqlState(error);
  const known = state === undefined ? undefined : KINDS.find(([pattern]) => pattern.test(state));
  if (known) return known[1];
  return error instanceof Error && UNAVAILABLE_TEXTS.test(error.message) ? 'unavailable' : undefined;
}
