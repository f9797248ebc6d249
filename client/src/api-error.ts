import type { ErrorCode, FieldError } from './schema.js';

interface ErrorBody {
  readonly code?: ApiError['code'];
  readonly message?: string | readonly string[];
  readonly errors?: readonly FieldError[];
}

/**
 * A call that failed. `code` is one of the server's error codes, `network_error` if no response arrived, or
 * `unexpected_response` if something other than Stagedoor responded, such as a proxy.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode | 'network_error' | 'unexpected_response';
  /** For people: one string, or one for each problem of the input. */
  readonly messages: readonly string[];
  /** The refused fields, where the server lists them. */
  readonly errors: readonly FieldError[];
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  /** Seconds to wait before the call is repeated, where the server says so. */
  readonly retryAfter: number | undefined;
  /** Finds the request in the log of the server. */
  readonly requestId: string | undefined;

  constructor({ code, message, errors }: ErrorBody, response?: Response, cause?: unknown) {
    const messages = [message ?? `The server responded with status ${response?.status}`].flat();
    super(messages.join('\n'), { cause });
    this.code = code ?? 'unexpected_response';
    this.messages = messages;
    this.errors = errors ?? [];
    this.status = response?.status ?? 0;
    const retryAfter = response?.headers.get('retry-after');
    this.retryAfter = retryAfter ? Number(retryAfter) : undefined;
    this.requestId = response?.headers.get('x-request-id') ?? undefined;
  }
}
