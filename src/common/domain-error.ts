import { DEFAULT_MESSAGES, type ErrorCode } from './error-codes.js';
import { type FieldError, takenFields } from './field-error.js';
import type { Scope } from './principal.js';

/** A cause that one contract may tell apart, while all others answer the code alone. */
export type ErrorReason = 'unknown_username';

interface DomainErrorDetails {
  /** Where the code's default message says too little. Absent: the messages of `fields`, else that default. */
  readonly message?: string;
  /** Absent: of a value that is taken, its field. */
  readonly fields?: readonly FieldError[];
  /** Seconds after which a retry can succeed. */
  readonly retryAfterSeconds?: number;
  readonly reason?: ErrorReason;
  /** With `artist_merged`: the id of the artist that it was merged into. */
  readonly successorId?: string;
  /** For the log only; never sent to a client. */
  readonly cause?: unknown;
}

/**
 * The only error the core throws on purpose. It names what happened in the core's terms; a contract decides on the
 * status and the shape. `message` is public: it never contains a secret, SQL, a path or a library's message.
 */
export class DomainError extends Error {
  readonly fields: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly reason: ErrorReason | undefined;
  readonly successorId: string | undefined;

  constructor(
    readonly code: ErrorCode,
    { message, fields, cause, retryAfterSeconds, reason, successorId }: DomainErrorDetails = {},
  ) {
    super(message ?? (fields?.map((field) => field.message).join('; ') || DEFAULT_MESSAGES[code]), { cause });
    this.name = 'DomainError';
    this.fields = fields ?? takenFields(code, this.message);
    this.retryAfterSeconds = retryAfterSeconds;
    this.reason = reason;
    this.successorId = successorId;
  }
}

/** An `invalid_request` about one field. */
export function invalidField(error: FieldError): DomainError {
  return new DomainError('invalid_request', { fields: [error] });
}

/** An `invalid_request` about the field `email`. */
export function invalidEmail(): DomainError {
  return invalidField({ field: 'email', code: 'format', message: 'email must be an e-mail address' });
}

export function insufficientScope(scope: Scope): DomainError {
  return new DomainError('insufficient_scope', { message: `The API key does not have the scope ${scope}` });
}

export function rateLimited(retryAfterSeconds: number): DomainError {
  const seconds = retryAfterSeconds === 1 ? 'second' : 'seconds';
  const message = `Too many attempts; try again in ${retryAfterSeconds} ${seconds}`;
  return new DomainError('rate_limited', { message, retryAfterSeconds });
}
