import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The response in progress on a connection, which Node attaches to the socket together with its request. */
export function pendingResponse(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Closes every connection without a request in progress when the app closes. Node itself spares connections on which
 * nothing, or only a part of the first line, has arrived; they would delay the exit until their timeout.
 */
export function closeSilentConnections(fastify: FastifyInstance): void {
  const open = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of open) if (!pendingResponse(socket)) socket.destroy();
    done();
  });
}
