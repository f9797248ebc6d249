import type { Server } from 'node:http';
import { promisify } from 'node:util';
import type { Config } from '../config/config.js';

/** Enough for a client in use to send one more request, whose response tells it to close the connection. */
const OPEN_CONNECTIONS_MS = 1000;

/**
 * Milliseconds for which a server goes on serving after a signal, with `Connection: close` on every response:
 * `SHUTDOWN_DELAY_MS` where it is set, half of `SHUTDOWN_GRACE_MS` where a load balancer polls its readiness, up to a
 * second where connections are open, otherwise none.
 */
export async function shutdownDelayMs(
  { shutdownDelayMs: given, shutdownGraceMs }: Pick<Config, 'shutdownDelayMs' | 'shutdownGraceMs'>,
  { isPolled }: { readonly isPolled: boolean },
  server: Server,
): Promise<number> {
  if (given !== undefined) return given;
  if (isPolled) return shutdownGraceMs / 2;
  const connections = await promisify(server.getConnections.bind(server))();
  return connections > 0 ? Math.min(OPEN_CONNECTIONS_MS, shutdownGraceMs / 2) : 0;
}
