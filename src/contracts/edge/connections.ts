import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The answer under way on a connection, which Node attaches to it with its request. */
export function answerUnderWay(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Cuts every connection without a request under way when the app closes. Node itself spares those on which a request
 * may yet arrive: who connects and says nothing, or half a line, would keep the process until its time is over.
 */
export function cutSilentConnections(fastify: FastifyInstance): void {
  const open = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of open) if (!answerUnderWay(socket)) socket.destroy();
    done();
  });
}
