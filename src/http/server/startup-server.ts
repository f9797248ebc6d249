import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DomainError } from '../../common/domain-error.js';
import { HEADERS_LIMIT } from '../../common/limits.js';
import { type Contract, contractOf, pathOf } from '../output/contract.js';
import { SECURITY_HEADERS } from './security-headers.js';

const RETRY_AFTER_SECONDS = 5;
/** An answer is sent at once; only a client that sends nothing, or reads nothing, takes longer. */
const CLOSE_GRACE_MS = 500;

interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * Listens in place of the app while the database is opened and migrated, which can take minutes: without it, a liveness
 * probe would restart the process again and again. `/health/live` is 200, `/health` and `/health/ready` are 503 with the
 * status `migrating`, everything else is 503 in the shape of its contract.
 */
export class StartupServer {
  private readonly server = createServer({ maxHeaderSize: HEADERS_LIMIT }, (request, response) =>
    this.respond(request, response),
  );

  constructor(
    private readonly contracts: readonly Contract[],
    private readonly fallback: Contract,
  ) {}

  /** Rejects with the error of the system where it cannot listen there. */
  async listen(port: number, host: string): Promise<void> {
    this.server.listen(port, host);
    await once(this.server, 'listening');
  }

  /** Frees the port, after half a second at most. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeIdleConnections();
    const patience = setTimeout(() => this.server.closeAllConnections(), CLOSE_GRACE_MS);
    await once(this.server, 'close');
    clearTimeout(patience);
  }

  private respond(request: IncomingMessage, response: ServerResponse): void {
    const { status, body } = this.answerTo(request.url ?? '/');
    if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      'x-request-id': randomUUID(),
      'content-type': 'application/json; charset=utf-8',
      // The next request must find the app.
      connection: 'close',
    });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
  }

  private answerTo(url: string): Answer {
    const path = pathOf(url);
    if (path === '/health/live') return { status: 200, body: { status: 'ok' } };
    if (path === '/health' || path === '/health/ready') return { status: 503, body: { status: 'migrating' } };
    return contractOf(url, this.contracts, this.fallback).presentError(new DomainError('service_unavailable'));
  }
}
