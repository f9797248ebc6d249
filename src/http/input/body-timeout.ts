import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { declaresBody } from './declares-body.js';

const TIMER = Symbol('body-timeout');
type Timed = IncomingMessage & { [TIMER]?: NodeJS.Timeout };

/**
 * Ends a request whose body is not complete `timeoutMs` after its headers. Node's own timeout cannot be lifted for the
 * uploads that are processed while they arrive.
 */
export function addBodyTimeout(
  fastify: FastifyInstance,
  timeoutMs: number,
  onTimeout: (error: NodeJS.ErrnoException, socket: IncomingMessage['socket']) => void,
): void {
  fastify.addHook('onRequest', ({ raw }: { readonly raw: Timed }, reply, done) => {
    if (declaresBody(raw.headers)) {
      const timer = setTimeout(() => {
        if (raw.complete) return;
        // The response did not wait for the body, so there is none left to send.
        if (reply.raw.headersSent) raw.socket.destroy();
        else onTimeout(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), raw.socket);
      }, timeoutMs).unref();
      raw[TIMER] = timer;
      for (const event of ['end', 'close']) raw.once(event, () => clearTimeout(timer));
    }
    done();
  });
}

/** For a reader with a timeout of its own. */
export function stopBodyTimeout(raw: Timed): void {
  clearTimeout(raw[TIMER]);
}
