import pg from 'pg';
import { databaseErrorKind } from './sql-state.js';
import { endStatement, traceStatement } from './statement-span.js';

/** The message of `pg` when `query_timeout` has passed. */
const LATE = 'Query read timeout';

/** A younger connection that is read-only is kept: the server itself refuses writes, so a new connection would too. */
const READ_ONLY_KEPT_MS = 1000;

/**
 * A connection of the pool whose loss never ends the process, and which is closed after a timeout. `pg` alone would
 * give it to the next caller with the statement still running, in a transaction that was never rolled back: what that
 * caller wrote would be lost after it was confirmed. It is also closed when it turns out to be read-only, which it can
 * stay long after the database takes writes again.
 */
export class PoolClient extends pg.Client {
  private readonly createdAt = performance.now();

  constructor(options?: string | pg.ClientConfig) {
    super(options);
    // A calendar date stays a string: as a Date it would be midnight in the time zone of the process, which that day may
    // not have.
    this.setTypeParser(pg.types.builtins.DATE, 'text', (date: string) => date);
    // A session that ends as it begins emits its error between the pool's listener and that of the caller. Without a
    // listener it would end the process; the caller gets the error from the next statement.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const watched = (...args: unknown[]): unknown => {
      const traced = traceStatement(args);
      const answer = query(...(traced?.args ?? args));
      if (!(answer instanceof Promise)) return answer;
      answer.catch((error: unknown) => this.giveUpAfter(error));
      if (traced) {
        answer.then(
          () => endStatement(traced.span),
          (error: unknown) => endStatement(traced.span, error),
        );
      }
      return answer;
    };
    this.query = watched as typeof this.query;
  }

  private giveUpAfter(error: unknown): void {
    const isLate = error instanceof Error && error.message === LATE;
    const isStale = databaseErrorKind(error) === 'read_only' && performance.now() - this.createdAt > READ_ONLY_KEPT_MS;
    // With a statement under way this cuts the connection rather than waiting for it; the server then rolls back.
    if (isLate || isStale) this.end().catch(() => undefined);
  }
}
