import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** A proxy in front of a database, so that a test can cut and restore the connection. */
export class DatabaseProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  constructor(private target: URL) {}

  /** The URL of the database through this proxy; the same after every start. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  async start(): Promise<void> {
    const server = createServer((client) => {
      const upstream = this.connect();
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    this.port ||= await freePort();
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
  }

  private connect(): Socket {
    const { hostname, port } = this.target;
    const host = decodeURIComponent(hostname);
    return host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(Number(port), host);
  }

  /** Cuts every connection; new ones lead to another database. */
  async pointTo(target: URL): Promise<void> {
    await this.stop();
    this.target = target;
    await this.start();
  }

  /** Cuts every connection and refuses new ones. */
  async stop(): Promise<void> {
    if (!this.server) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.server = undefined;
  }
}
