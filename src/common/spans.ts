/*
 * How work is told of while traces are on. This is all that the rest of the code knows of them, so that nothing is loaded
 * or done for them while they are off.
 *
 * A span leaves the house. It never gets a password, token, key, hash, header, body, query string or e-mail address, nor
 * the message of an error, which can quote any of them.
 */

export type SpanValue = string | number;

/** A part of the work for a request that is worth a look by itself. */
export interface WorkSpan {
  set(name: string, value: SpanValue): void;
  /** `errorType`: what went wrong, in a word. Absent: nothing. */
  end(errorType?: string): void;
}

/** The work for one request, from its head's arrival until it is answered or the caller is gone. */
export interface RequestSpan {
  /** 32 hexadecimal digits, the caller's own where it brought some. */
  readonly traceId: string;
  /** Undefined where nothing is to be told: the trace is not among those that are kept, or the request is over. */
  startCall(name: string, values: Readonly<Record<string, SpanValue>>): WorkSpan | undefined;
  startWork(name: string): WorkSpan | undefined;
  /** Once. `status` is absent where nobody was there to be answered. */
  end(status: number | undefined): void;
}

export interface TracedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly scheme: string;
  /** The template (`/api/artists/:id`); absent where no route fits. */
  readonly route: string | undefined;
  /** Without query, and without anything that could be a secret or a person. */
  readonly path: string;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** Begins the span of a request. */
export interface RequestTracer {
  startRequest(request: TracedRequest): RequestSpan;
}

/** The code of an error where it has one, else its class. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name;
}
