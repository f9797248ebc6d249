import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to connections and to those who ask for any port: nobody else is given one of these
 * before the caller's server listens on it, nor while that is stopped for a restart.
 */
const FIRST = 20_000;
const COUNT = 12_000;
/** Each process has a range of its own, so that two do not find the same port free at the same time. */
const PER_PROCESS = 40;
let next = (process.pid * PER_PROCESS) % COUNT;

/** A port on which nobody listens, for a server that has to be told one. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error(`Every port from ${FIRST} to ${FIRST + COUNT - 1} is in use`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
