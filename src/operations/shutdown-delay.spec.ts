import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shutdownDelayMs } from './shutdown-delay.js';

const POLLED = { isPolled: true };
const NOT_POLLED = { isPolled: false };

describe('the time for which a server serves after a signal', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  it('is SHUTDOWN_DELAY_MS where it is set', async () => {
    const settings = { shutdownDelayMs: 0, shutdownGraceMs: 10_000 };
    expect(await shutdownDelayMs(settings, POLLED, server)).toBe(0);
    expect(await shutdownDelayMs({ ...settings, shutdownDelayMs: 7000 }, NOT_POLLED, server)).toBe(7000);
  });

  it('is half of SHUTDOWN_GRACE_MS where a load balancer has to notice', async () => {
    const settings = { shutdownDelayMs: undefined, shutdownGraceMs: 10_000 };
    expect(await shutdownDelayMs(settings, POLLED, server)).toBe(5000);
  });

  it('is a second, and at most half of SHUTDOWN_GRACE_MS, where connections are open', async () => {
    const { port } = server.address() as AddressInfo;
    const settings = { shutdownDelayMs: undefined, shutdownGraceMs: 10_000 };
    expect(await shutdownDelayMs(settings, NOT_POLLED, server)).toBe(0);
    const connected = once(server, 'connection');
    const client = connect(port, '127.0.0.1');
    await connected;
    expect(await shutdownDelayMs(settings, NOT_POLLED, server)).toBe(1000);
    expect(await shutdownDelayMs({ ...settings, shutdownGraceMs: 100 }, NOT_POLLED, server)).toBe(50);
    client.destroy();
  });
});
