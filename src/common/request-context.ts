import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestSpan } from './spans.js';

/** What everything done for one request can know about it without being handed it. */
export interface RequestContext {
  readonly requestId: string;
  /** The caller's address, as a trusted proxy gave it or the connection has it. */
  readonly ip: string;
  /** What the client calls itself (User-Agent), as it was sent. */
  readonly userAgent?: string | undefined;
  /** Whether the caller has closed the connection, so that nobody waits for the answer any more. */
  hungUp(): boolean;
  /** Absent while traces are off, and for requests that are not traced. */
  readonly span?: RequestSpan | undefined;
}

/** Filled at the edge; read by the log, by limits and by security events. Empty in jobs and at start. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
