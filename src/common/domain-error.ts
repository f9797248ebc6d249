import type { ErrorCode } from './error-codes.js';

/** One thing wrong with one field of the input. `field` is a path such as `scopes` or `songs.0.title`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

interface DomainErrorDetails {
  readonly fields?: readonly FieldError[];
  /** Seconds after which a retry can succeed. */
  readonly retryAfterSeconds?: number;
  /** Kept for the log, never shown to a client. */
  readonly cause?: unknown;
}

/**
 * The only error the core throws on purpose. It says what happened in the core's words; a contract decides on the
 * status and the shape. `message` is public: it never holds a secret, SQL, a path or a library's words.
 */
export class DomainError extends Error {
  readonly fields: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: DomainErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'DomainError';
    this.fields = details.fields ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** A 400 about one field. */
export function invalidField(field: string, message: string): DomainError {
  return new DomainError('invalid_request', message, { fields: [{ field, message }] });
}
