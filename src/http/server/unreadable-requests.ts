import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Contract, contractOf } from '../output/contract.js';
import { pendingResponse } from './connections.js';
import { corsHeaders } from './cors.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { toDomainError } from '../output/to-domain-error.js';

/** Why Node gave up on a connection, with the bytes that it could not parse, if any. */
export interface UnreadableError extends NodeJS.ErrnoException {
  /** A Buffer, which Fastify's types describe in its JSON form. */
  readonly rawPacket?: unknown;
}

/** The statuses that Node uses itself; every other error is broken syntax. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const REQUEST_LINE = /^[A-Z-]+ (\S+) /;
const ORIGIN_HEADER = /^origin:[ \t]*(\S+)[ \t]*\r?$/im;

/**
 * Answers what never became a request, or stopped in the middle of its body: broken syntax, headers too large, a client
 * too slow. The error has the shape of the path's contract, if the path has arrived.
 */
export function unreadableHandler(
  corsOrigins: readonly string[],
  contracts: readonly Contract[],
  fallback: Contract,
): (error: UnreadableError, socket: Socket) => void {
  return (error, socket) => {
    // As in Node's own handler: a response that has begun cannot be replaced.
    const begun = pendingResponse(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) {
      socket.destroy();
      return;
    }
    const { url, origin } = begun
      ? { url: begun.req.url, origin: begun.req.headers.origin }
      : parsePacket(error.rawPacket);
    const failure = toDomainError({ statusCode: STATUSES[error.code ?? ''] ?? 400 });
    const { status, body } = contractOf(url ?? '', contracts, fallback).presentError(failure);
    respond(socket, status, JSON.stringify(body), corsHeaders(corsOrigins, origin));
  };
}

/** What can be read from the bytes of an unreadable request. */
function parsePacket(packet: unknown): { url?: string | undefined; origin?: string | undefined } {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  return { url: REQUEST_LINE.exec(text)?.[1], origin: ORIGIN_HEADER.exec(text)?.[1] };
}

function respond(socket: Socket, status: number, body: string, cors: Record<string, string>): void {
  const headers = {
    ...SECURITY_HEADERS,
    ...cors,
    // Always a new id: no header of the request can be trusted.
    'x-request-id': randomUUID(),
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Destroyed after the end, since a client that never closes its half would keep the connection open.
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () => socket.destroy());
}
