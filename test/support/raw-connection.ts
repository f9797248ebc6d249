import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { HttpAnswer, Json } from './http-client.js';

/** A part of a body with `Transfer-Encoding: chunked`. */
export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** A TCP connection to the server, for bytes that no HTTP client sends. */
export class RawConnection {
  private received = Buffer.alloc(0);
  readonly closed: Promise<unknown>;

  private constructor(private readonly socket: Socket) {
    // Not `once` of node:events, which rejects where the server closes by a reset.
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    // The server may close by a reset.
    socket.on('error', () => undefined);
  }

  /** `halfOpen`: does not close when the server does, as a hostile client would. */
  static async open(url: string, { halfOpen = false } = {}): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: halfOpen });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Closes at once. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Waits until the server has sent this text. */
  async hears(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      if (this.socket.closed) throw new Error(`closed before "${text}" was received: ${this.received.toString()}`);
      await Promise.race([once(this.socket, 'data'), this.closed]);
    }
  }

  /** The response, once the server has closed the connection. */
  async answer(): Promise<HttpAnswer> {
    await this.closed;
    return parseAnswer(this.received.toString('utf8'));
  }
}

/** Sends these bytes and waits until the server has responded and closed, as `Connection: close` requests. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<HttpAnswer> {
  const connection = await RawConnection.open(url);
  connection.send(bytes);
  return connection.answer();
}

/** The bytes of a request that closes its connection. Header lines are sent unchanged. */
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
  const isJson = /\bjson\b/.test(headers.get('content-type') ?? '') && body !== '';
  return {
    status: Number(status.split(' ')[1]),
    headers,
    text: body,
    body: (isJson ? JSON.parse(body) : body) as Json,
  };
}
