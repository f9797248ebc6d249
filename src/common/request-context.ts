import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestSpan } from './spans.js';

/** How much of a rate limit is left: `remaining` of `points` requests, until they are all there again. */
export interface RateLimitStanding {
  readonly name: string;
  readonly points: number;
  readonly durationSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** What is known about the current request wherever it is handled. */
export interface RequestContext {
  readonly requestId: string;
  /** The client's address: the connection's, or the one a trusted proxy reported. */
  readonly ip: string;
  /** Undefined where the request is not traced. */
  readonly span?: RequestSpan | undefined;
  /** Of the limits that this request was counted against, the one that will be reached first. */
  rateLimit?: RateLimitStanding;
}

/** Set for the duration of a request. Empty in scheduled jobs and at start. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
