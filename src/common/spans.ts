/*
 * The interface to tracing. The rest of the code knows only this, so that nothing of OpenTelemetry is loaded while
 * tracing is off.
 *
 * Spans are exported to another system. They never hold a password, token, key, hash, header, body, query string or
 * e-mail address, nor an error's message, which can quote any of them.
 */

export type SpanValue = string | number;

/** One part of the work for a request, such as a statement or a password hash. */
export interface WorkSpan {
  set(name: string, value: SpanValue): void;
  /** `errorType` is the code or class of the error that ended the work; undefined where it succeeded. */
  end(errorType?: string): void;
}

/** The whole work for one request, from the arrival of its headers until the response is sent or the client is gone. */
export interface RequestSpan {
  /** 32 hexadecimal digits. The client's own where it sent a `traceparent`. */
  readonly traceId: string;
  /** Undefined where the trace is not sampled, or the request has ended. */
  startCall(name: string, values: Readonly<Record<string, SpanValue>>): WorkSpan | undefined;
  startWork(name: string): WorkSpan | undefined;
  /** Called once. `status` is undefined where the client had disconnected. */
  end(status: number | undefined): void;
}

export interface TracedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly scheme: string;
  /** The route's template (`/api/artists/:id`); undefined where none matches. */
  readonly route: string | undefined;
  /** Without the query string, and without secrets or personal data. */
  readonly path: string;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** Starts the span of a request. */
export interface RequestTracer {
  startRequest(request: TracedRequest): RequestSpan;
}

/** The error's code where it has one, else the name of its class. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name;
}
