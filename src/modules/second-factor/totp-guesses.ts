import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { Database } from '../../database/database.js';

/** A TOTP code that is counted as wrong until it turns out not to be. */
export interface CountedGuess {
  readonly userId: string;
  readonly sealedSecret: Buffer;
  /** Identifies it among the counted ones. */
  readonly countedAt: Date;
  /** Wrong codes of the last seven days, with this one. */
  readonly count: number;
  /** The end of the lock that it causes if it is wrong; null: none. */
  readonly lockedUntil: Date | null;
}

/** Wrong codes within {@link WINDOW} that cause no lock. */
export const FREE_WRONG_CODES = 10;
const WINDOW = '7 days';
const FIRST_LOCK = '15 minutes';
const LONGEST_LOCK = '24 hours';
const KEPT_MAX = 32;

/**
 * Counts wrong TOTP codes per user, whatever network they come from, and locks the user's TOTP when there are too many.
 * Each code is counted before it is compared, by one UPDATE, so that codes sent at the same time share the budget of codes
 * sent one after another.
 */
@Injectable()
export class TotpGuesses {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts a code as wrong before it is compared. Undefined where there is nothing to compare it with: the user has no
   * authenticator app, or a lock ended at this moment.
   * @throws DomainError `rate_limited` while TOTP is locked
   */
  async begin(userId: string): Promise<CountedGuess | undefined> {
    const [guess] = await this.database.query<CountedGuess>(COUNT, [userId, this.clock.now()]);
    if (!guess) await this.assertUnlocked(userId);
    return guess && { ...guess, userId };
  }

  /**
   * Accepts the code of a time step, and stops counting it as wrong. False if a code of that step or of a later one was
   * accepted before; it is not counted as wrong then either.
   */
  async accept({ userId, countedAt, lockedUntil }: CountedGuess, step: number): Promise<boolean> {
    const accepted = await this.database.query(
      `UPDATE totp_factors SET last_step = $4, ${UNCOUNT}
        WHERE user_id = $1 AND (last_step IS NULL OR last_step < $4) RETURNING user_id`,
      [userId, countedAt, lockedUntil, step],
    );
    if (accepted.length > 0) return true;
    await this.withdraw({ userId, countedAt, lockedUntil });
    return false;
  }

  /** Stops counting a code that was not wrong. */
  async withdraw({ userId, countedAt, lockedUntil }: Pick<CountedGuess, 'userId' | 'countedAt' | 'lockedUntil'>) {
    await this.database.query(`UPDATE totp_factors SET ${UNCOUNT} WHERE user_id = $1`, [
      userId,
      countedAt,
      lockedUntil,
    ]);
  }

  /** @throws DomainError `rate_limited` */
  async assertUnlocked(userId: string): Promise<void> {
    const now = this.clock.now();
    const [row] = await this.database.query<{ readonly until: Date }>(
      `SELECT locked_until AS until FROM totp_factors WHERE user_id = $1 AND NOT (${IS_UNLOCKED})`,
      [userId, now],
    );
    if (row) throw locked(Math.ceil((row.until.getTime() - now.getTime()) / 1000));
  }
}

// A lock that ends later than the longest one was set by a clock that has been put back.
const IS_UNLOCKED = `locked_until IS NULL OR locked_until <= $2::timestamptz
  OR locked_until > $2::timestamptz + interval '${LONGEST_LOCK}'`;

const IS_RECENT = `code > $2::timestamptz - interval '${WINDOW}'`;
const RECENT_COUNT = `(SELECT count(*)::int FROM unnest(wrong_codes) AS code WHERE ${IS_RECENT})`;

// All expressions are of the row itself: a statement that waited for another one sees what that one wrote.
const COUNT = `
  UPDATE totp_factors SET
    wrong_codes = ARRAY(
      SELECT code FROM (
        SELECT code FROM unnest(wrong_codes) AS code WHERE ${IS_RECENT} ORDER BY code DESC LIMIT ${KEPT_MAX - 1}
      ) AS kept ORDER BY code
    ) || (SELECT GREATEST($2::timestamptz, max(code) + interval '1 millisecond') FROM unnest(wrong_codes) AS code),
    locked_until = CASE WHEN ${RECENT_COUNT} >= ${FREE_WRONG_CODES} THEN
      $2::timestamptz + LEAST(
        interval '${FIRST_LOCK}' * power(2, LEAST(${RECENT_COUNT}, ${KEPT_MAX}) - ${FREE_WRONG_CODES}),
        interval '${LONGEST_LOCK}') END
  WHERE user_id = $1 AND (${IS_UNLOCKED})
  RETURNING sealed_secret AS "sealedSecret", locked_until AS "lockedUntil", cardinality(wrong_codes) AS "count",
            wrong_codes[cardinality(wrong_codes)] AS "countedAt"`;

const UNCOUNT = `wrong_codes = array_remove(wrong_codes, $2::timestamptz),
  locked_until = CASE WHEN locked_until = $3::timestamptz THEN NULL ELSE locked_until END`;

function locked(retryAfterSeconds: number): DomainError {
  const message = `Too many wrong codes; use a recovery code, or try again in ${retryAfterSeconds} seconds`;
  return new DomainError('rate_limited', { message, retryAfterSeconds });
}
