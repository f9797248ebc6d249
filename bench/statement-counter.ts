import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

/** What the connections of one application have asked of the database so far. */
export interface Usage {
  readonly statements: number;
  /** Milliseconds in which a connection was waiting for an answer or inside a transaction. */
  readonly busyMs: number;
}

const IDLE = 'I'.charCodeAt(0);
const READY = 'Z'.charCodeAt(0);
/** A simple query, and the execution of a prepared statement (PostgreSQL manual, "Message Formats"). */
const STATEMENTS = new Set(['Q', 'E'].map((type) => type.charCodeAt(0)));

/** A proxy in front of PostgreSQL that counts statements, without TLS. */
export class StatementCounter {
  private readonly usage = new Map<string, { statements: number; busyMs: number }>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async start(target: URL): Promise<StatementCounter> {
    const server = createServer();
    const counter = new StatementCounter(server, target);
    server.on('connection', (client) => {
      const upstream = connect(Number(target.port || 5432), target.hostname);
      const count = counter.newConnection();
      for (const [from, to, seen] of [
        [client, upstream, count.sent],
        [upstream, client, count.received],
      ] as const) {
        from.on('data', seen);
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return counter;
  }

  /** The database through this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as { port: number }).port}`;
    return url.href;
  }

  /** Of all connections with this `application_name`. */
  of(application: string): Usage {
    return { statements: 0, busyMs: 0, ...this.usage.get(application) };
  }

  stop(): void {
    this.server.close();
  }

  private newConnection(): { sent: (chunk: Buffer) => void; received: (chunk: Buffer) => void } {
    let usage = { statements: 0, busyMs: 0 };
    let busySince: number | undefined;
    const onStartup = (message: Buffer): void => {
      const application = /application_name\0([^\0]*)\0/.exec(message.toString('latin1'))?.[1] ?? '';
      usage = this.usage.get(application) ?? usage;
      this.usage.set(application, usage);
    };
    return {
      sent: messages((message, isStartup) => {
        if (isStartup) return onStartup(message);
        busySince ??= performance.now();
        if (STATEMENTS.has(message[0] ?? 0)) usage.statements++;
      }, true),
      received: messages((message) => {
        if (message[0] !== READY || message[5] !== IDLE || busySince === undefined) return;
        usage.busyMs += performance.now() - busySince;
        busySince = undefined;
      }, false),
    };
  }
}

/** Splits a stream into messages. The first one that a client sends has no type. */
function messages(
  each: (message: Buffer, isStartup: boolean) => void,
  startsUntyped: boolean,
): (chunk: Buffer) => void {
  let buffered = Buffer.alloc(0);
  let isStartup = startsUntyped;
  return (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      const lengthAt = isStartup ? 0 : 1;
      if (buffered.length < lengthAt + 4) return;
      const end = lengthAt + buffered.readUInt32BE(lengthAt);
      if (buffered.length < end) return;
      each(buffered.subarray(0, end), isStartup);
      isStartup = false;
      buffered = buffered.subarray(end);
    }
  };
}
