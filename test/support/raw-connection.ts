import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { HttpAnswer, Json } from './http-client.js';

/** A TCP connection to the server, for what no HTTP client would send. */
export class RawConnection {
  private received = Buffer.alloc(0);
  readonly closed: Promise<unknown>;

  private constructor(private readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    // A reset is one of the ways in which a server may close.
    socket.on('error', () => undefined);
  }

  /** `halfOpen`: stays open on this side when the server ends its own, as a hostile client would. */
  static async open(url: string, { halfOpen = false } = {}): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: halfOpen });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Closes without a goodbye. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Waits until the server has said this. */
  async hears(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      if (this.socket.closed) throw new Error(`closed before "${text}" was said: ${this.received.toString()}`);
      await Promise.race([once(this.socket, 'data'), this.closed]);
    }
  }

  /** Everything the server said, once it has closed. */
  async answer(): Promise<HttpAnswer> {
    await this.closed;
    return parseAnswer(this.received.toString('utf8'));
  }
}

/** Sends these bytes and waits until the server has answered and closed: ask for `Connection: close`. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<HttpAnswer> {
  const connection = await RawConnection.open(url);
  connection.send(bytes);
  return connection.answer();
}

/** The bytes of a request that closes its connection. Header lines stand as they are given. */
export function rawRequest(line: string, headers: readonly string[] = [], body: string | Buffer = ''): Buffer {
  const content = Buffer.from(body);
  const length = content.length > 0 ? [`Content-Length: ${content.length}`] : [];
  const head = [`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, ...length];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
}

function parseAnswer(text: string): HttpAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [status = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const headers = new Headers();
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim());
  const body = end < 0 ? text : text.slice(end + 4);
  const isJson = (headers.get('content-type') ?? '').includes('json') && body !== '';
  return {
    status: Number(status.split(' ')[1]),
    headers,
    text: body,
    body: (isJson ? JSON.parse(body) : body) as Json,
  };
}
