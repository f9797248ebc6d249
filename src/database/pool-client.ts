import pg from 'pg';
import { endStatement, traceStatement } from './statement-span.js';

/** What `pg` says when `query_timeout` is over. */
const LATE = 'Query read timeout';

/**
 * A connection of the pool that never ends the process when it is lost, and is given up when an answer is late. `pg` alone would hand it to the next caller with the
 * statement still running, and with the transaction still open whose ROLLBACK nobody could send: what that next caller
 * wrote and was told of would be lost with it.
 */
export class PoolClient extends pg.Client {
  constructor(options?: string | pg.ClientConfig) {
    super(options);
    // A session that ends as it begins tells so between the pool's listener and its user's: unheard, that would end the
    // process. Whoever uses the connection learns it from the next statement.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const watched = (...args: unknown[]): unknown => {
      const traced = traceStatement(args);
      const answer = query(...(traced?.args ?? args));
      if (!(answer instanceof Promise)) return answer;
      answer.catch((error: unknown) => this.giveUpWhenLate(error));
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

  private giveUpWhenLate(error: unknown): void {
    // With a statement under way this cuts the connection rather than waiting for it; the server then rolls back.
    if (error instanceof Error && error.message === LATE) this.end().catch(() => undefined);
  }
}
