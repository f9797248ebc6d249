import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type ParsedMail, parseMail } from './mail-parser.js';

export interface ReceivedMail {
  /** The recipients of the envelope, as the server took them. */
  readonly recipients: readonly string[];
  readonly mail: ParsedMail;
}

/** What a server does with the mails to one address. */
export type Fate =
  | 'accept'
  /** The connection breaks after the whole mail was taken, before that is confirmed. */
  | 'die after DATA'
  | { readonly recipient: number; readonly text?: string }
  | { readonly data: number; readonly text?: string };

/** A real SMTP server on a port of its own, which keeps what it is sent. */
export class TestMailServer {
  readonly received: ReceivedMail[] = [];
  /** Names and passwords that were given to it. */
  readonly logins: { readonly user: string | undefined; readonly password: string | null | undefined }[] = [];
  /** By address; that of `*` holds for all others. */
  readonly fates = new Map<string, Fate>();
  port = 0;
  private server: SMTPServer | undefined;

  constructor(private readonly options: SMTPServerOptions = {}) {}

  async start(): Promise<this> {
    const server = new SMTPServer({
      logger: false,
      disableReverseLookup: true,
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) => {
        this.logins.push({ user: username, password });
        callback(null, { user: username });
      },
      onRcptTo: ({ address }, _session, callback) => {
        const fate = this.fateOf(address);
        callback(typeof fate === 'object' && 'recipient' in fate ? reply(fate.recipient, fate.text) : null);
      },
      onData: (stream, session, callback) => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        const taken = read(stream).then(async (source) => {
          const fate = this.fateOf(recipients[0] ?? '');
          if (typeof fate === 'object' && 'data' in fate) return callback(reply(fate.data, fate.text));
          this.received.push({ recipients, mail: await parseMail(source) });
          if (fate !== 'die after DATA') return callback();
          for (const connection of server.connections) if (connection.id === session.id) connection.close();
        });
        // A client that broke off in the middle of a mail has sent none.
        taken.catch(() => undefined);
      },
      ...this.options,
    });
    server.on('error', () => undefined);
    this.server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    this.port = (server.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  to(address: string): ParsedMail[] {
    return this.received.filter(({ recipients }) => recipients.includes(address)).map(({ mail }) => mail);
  }

  private fateOf(address: string): Fate {
    return this.fates.get(address) ?? this.fates.get('*') ?? 'accept';
  }
}

function reply(responseCode: number, text = 'not now'): Error {
  return Object.assign(new Error(text), { responseCode });
}

async function read(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Accepts connections and then does as it likes: for servers that hang or drip. */
export class RawServer {
  readonly sockets: Socket[] = [];
  port = 0;
  private server: Server | undefined;

  constructor(private readonly connected: (socket: Socket) => void = () => undefined) {}

  async start(): Promise<this> {
    this.server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      this.connected(socket);
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const { server } = this;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
