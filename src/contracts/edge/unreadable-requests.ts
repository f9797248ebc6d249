import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Contract, contractOf } from '../contract.js';
import { answerUnderWay } from './connections.js';
import { corsHeaders } from './cors.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { toDomainError } from './to-domain-error.js';

/** Why Node gave a connection up, with the bytes it choked on where there were any. */
export interface UnreadableError extends NodeJS.ErrnoException {
  /** A Buffer; Fastify's types describe it as it would be in JSON. */
  readonly rawPacket?: unknown;
}

/** Node's own statuses; whatever else it complains of is broken syntax. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const REQUEST_LINE = /^[A-Z-]+ (\S+) /;
const ORIGIN_HEADER = /^origin:[ \t]*(\S+)[ \t]*\r?$/im;

/**
 * Answers what never became a request, or stopped in the middle of its body: broken syntax, headers too large, a client
 * too slow. The dialect is that of the path, where that has arrived.
 */
export function unreadableHandler(
  corsOrigins: readonly string[],
  contracts: readonly Contract[],
  fallback: Contract,
): (error: UnreadableError, socket: Socket) => void {
  return (error, socket) => {
    // As Node's own handler does: what has begun to be answered cannot be answered otherwise.
    const begun = answerUnderWay(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) {
      socket.destroy();
      return;
    }
    const { url, origin } = begun ? { url: begun.req.url, origin: begun.req.headers.origin } : glean(error.rawPacket);
    const refusal = toDomainError({ statusCode: STATUSES[error.code ?? ''] ?? 400 });
    const { status, body } = contractOf(url ?? '', contracts, fallback).presentError(refusal);
    answer(socket, status, JSON.stringify(body), corsHeaders(corsOrigins, origin));
  };
}

/** What can be told of a request from its bytes. */
function glean(packet: unknown): { url?: string | undefined; origin?: string | undefined } {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  return { url: REQUEST_LINE.exec(text)?.[1], origin: ORIGIN_HEADER.exec(text)?.[1] };
}

function answer(socket: Socket, status: number, body: string, cors: Record<string, string>): void {
  const headers = {
    ...SECURITY_HEADERS,
    ...cors,
    // Nothing was read that could be trusted as an id, so it is always a new one.
    'x-request-id': randomUUID(),
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Not only ended: a client that never closes its half would keep the connection for ever.
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () => socket.destroy());
}
