import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The response in progress on a connection, which Node attaches to the socket together with its request. */
export function pendingResponse(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Closes every connection when the app closes: at once where no request is in progress, else once it has its response.
 * Node itself spares connections on which nothing, or only a part of the first line, has arrived, and those whose response
 * had begun without `Connection: close`; they would delay the exit until their timeout.
 */
export function closeConnections(fastify: FastifyInstance): void {
  const open = new Set<Socket>();
  let isClosing = false;
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    for (const socket of open) if (!pendingResponse(socket)) socket.destroy();
    done();
  });
  fastify.addHook('onResponse', ({ raw }, _reply, done) => {
    if (isClosing) closeOnceRead(raw);
    done();
  });
}

/** A client that still sends may not have read its response yet, and a close would take it away. */
function closeOnceRead(request: IncomingMessage): void {
  const { socket } = request;
  if (request.complete) socket.destroySoon();
  else request.once('close', () => socket.destroySoon());
}
