import { QueryFailedError } from 'typeorm';

/*
 * What PostgreSQL's five letter codes mean to us (PostgreSQL manual, appendix A). Kept beside the connection settings,
 * since some of these answers only exist because of them.
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

// A value that PostgreSQL can't take: of a wrong form or encoding, or out of range.
const BAD_VALUE = new Set(['22021', '22P02', '22003', '22007', '22008', '22P05']);
const RETRYABLE = new Set(['40001', '40P01']);
// Connection exceptions (class 08), too many connections, shutting down, and a statement that took too long.
const UNAVAILABLE = /^(?:08|53|57P|58)|^57014$|^25P03$|^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;
// What `pg` and its pool say without any code.
const UNAVAILABLE_TEXTS =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end|Client was closed/i;

export type DatabaseFault = 'bad_value' | 'retryable' | 'unavailable';

/** What kind of fault of the database an error is, or undefined when it is none of them. */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  const state = sqlState(error);
  if (state !== undefined) {
    if (BAD_VALUE.has(state)) return 'bad_value';
    if (RETRYABLE.has(state)) return 'retryable';
    if (UNAVAILABLE.test(state)) return 'unavailable';
  }
  return error instanceof Error && UNAVAILABLE_TEXTS.test(error.message) ? 'unavailable' : undefined;
}
