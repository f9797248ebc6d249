/** The part of autocannon 8 that the benchmark uses; it ships no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Request {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
    setupRequest?: (request: Request) => Request;
  }

  interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    /** Milliseconds; how often it looks whether the time is over. */
    sampleInt?: number;
    /** Requests a second over all connections; absent: as many as there are answers. */
    overallRate?: number;
    /** Seconds until a request without a response counts as failed. */
    timeout?: number;
    requests: Request[];
  }

  interface Result {
    errors: number;
    timeouts: number;
    non2xx: number;
    /** Seconds. */
    duration: number;
    statusCodeStats: Record<string, { count: number }>;
  }

  interface Run extends EventEmitter, Promise<Result> {
    on(
      event: 'response',
      listener: (client: unknown, statusCode: number, bytes: number, milliseconds: number) => void,
    ): this;
  }

  export default function autocannon(options: Options): Run;
  export type { Request };
}
