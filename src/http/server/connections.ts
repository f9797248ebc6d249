import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** The response in progress on a connection, which Node attaches to the socket together with its request. */
export function pendingResponse(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/** How long a client may read or send nothing more while the server stops. */
const STOPPING_MS = 1000;

/**
 * Closes every connection when the app closes: at once where no request is in progress, else once it has its response.
 * Node itself spares connections on which nothing, or only a part of the first line, has arrived, and those whose response
 * had begun without `Connection: close`; they would delay the exit until their timeout.
 *
 * Closes the connection of a client that reads nothing of a streamed response for `idleMs`, for which the response would
 * stay in memory.
 */
export function closeConnections(fastify: FastifyInstance, idleMs: number): void {
  const open = new Set<Socket>();
  const streaming = new WeakSet<ServerResponse>();
  let isClosing = false;
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    for (const socket of open) {
      const response = pendingResponse(socket);
      if (!response) socket.destroy();
      else if (streaming.has(response)) response.setTimeout(STOPPING_MS);
    }
    done();
  });
  fastify.addHook('onSend', (_request, { raw }, payload, done) => {
    if (payload instanceof Readable) {
      streaming.add(raw);
      closeUnread(raw, isClosing ? STOPPING_MS : idleMs);
    }
    done(null, payload);
  });
  fastify.addHook('onResponse', ({ raw }, _reply, done) => {
    if (isClosing) closeOnceRead(raw);
    done();
  });
}

/** Where nothing waits for the client, the server is at work. */
function closeUnread(response: ServerResponse, ms: number): void {
  response.setTimeout(ms, () => {
    if ((response.socket?.writableLength ?? 0) > 0) response.destroy();
  });
}

/** A client that still sends may not have read its response yet, and a close would take it away. */
function closeOnceRead(request: IncomingMessage): void {
  const { socket } = request;
  // Unless the next request on it is being answered already, which closes it in turn.
  const close = (): void => {
    if (!pendingResponse(socket)) socket.destroySoon();
  };
  if (request.complete) return close();
  const timer = setTimeout(close, STOPPING_MS);
  request.once('close', () => {
    clearTimeout(timer);
    close();
  });
}
