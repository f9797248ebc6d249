import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeConnections } from './connections.js';

describe('closeConnections', () => {
  let app: FastifyInstance;
  let parts: () => AsyncGenerator<string>;
  beforeEach(async () => {
    app = fastify();
    closeConnections(app, 50);
    app.get('/', (_request, reply) => reply.send(Readable.from(parts(), { objectMode: false })));
    await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(() => app.close());

  /** Sends a request. Returns both ends of its connection. */
  async function ask(): Promise<{ client: Socket; server: Socket }> {
    const connected = once(app.server, 'connection');
    const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const [server] = (await connected) as [Socket];
    return { client, server };
  }

  it('closes that of a client who reads nothing of a stream', async () => {
    let isGoingOn = true;
    parts = async function* () {
      try {
        for (;;) yield 'x'.repeat(10_000);
      } finally {
        isGoingOn = false;
      }
    };
    const { client, server } = await ask();
    await once(server, 'close');
    await expect.poll(() => isGoingOn).toBe(false);
    client.destroy();
  });

  it('leaves that of a client for whom nothing waits, however long the server is at work', async () => {
    let atWork = Promise.resolve<unknown>(undefined);
    parts = async function* () {
      yield 'begin ';
      await atWork;
      yield 'end';
    };
    const connected = once(app.server, 'connection') as Promise<[Socket]>;
    atWork = connected.then(([server]) => once(server, 'timeout'));
    const { client } = await ask();
    expect(await text(client)).toMatch(/begin [^]*end/);
  });

  it('answers both of two requests that were sent together before the app closes', async () => {
    const turns = [0, 1].map(() => {
      let take = (): void => undefined;
      return { taken: new Promise<void>((resolve) => (take = resolve)), take: () => take() };
    });
    let begun = 0;
    parts = async function* () {
      const turn = begun++;
      await turns[turn]?.taken;
      yield `answer ${turn}`;
    };
    const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
    const received = text(client);
    await expect.poll(() => begun).toBe(2);
    const closed = app.close();
    await expect.poll(() => app.server.listening).toBe(false);
    turns[0]?.take();
    await expect.poll(() => client.bytesRead).toBeGreaterThan(0);
    turns[1]?.take();
    await closed;
    expect(await received).toMatch(/answer 0[^]*answer 1/);
  });
});
