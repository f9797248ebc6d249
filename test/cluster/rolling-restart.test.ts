import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Findings } from '../support/findings.js';
import { bearer } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { freePort } from '../support/free-port.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { Haproxy, hasHaproxy, hasNginx, Nginx } from '../support/proxies.js';
import { ServerProcess } from '../support/server-process.js';
import { SteadyLoad } from '../support/steady-load.js';

const SECRET = randomBytes(32).toString('hex');
const findings = new Findings('Rolling restarts: three processes behind a load balancer');
let postgres: PrivatePostgres;
beforeAll(async () => {
  postgres = await PrivatePostgres.start();
});
afterAll(async () => {
  await postgres.remove();
  findings.print();
});

describe('three instances that are restarted one after the other', () => {
  const instances = new Map<number, ServerProcess>();
  const ports = (): number[] => [...instances.keys()];
  let database: string;

  beforeEach(async () => {
    database = await postgres.createDatabase(`rolling_${randomBytes(4).toString('hex')}`);
    for (let i = 0; i < 3; i++) await start(await freePort());
  });
  afterEach(async () => {
    for (const instance of instances.values()) instance.signal('SIGKILL');
    await Promise.all([...instances.values()].map((instance) => instance.ended));
    instances.clear();
  });

  /** Starts an instance on this port, in place of the one that was there. */
  async function start(port: number): Promise<void> {
    const env = {
      DATABASE_URL: database,
      APP_SECRET: SECRET,
      PORT: String(port),
      TRUST_PROXY: 'loopback',
      RATE_LIMIT_ENABLED: 'false',
      ACCESS_LOG: 'true',
    };
    const instance = ServerProcess.start(env);
    instances.set(port, instance);
    await instance.url();
  }

  /** Waits until the load balancer sends requests of clients to this instance. */
  async function untilItServes(port: number): Promise<void> {
    const served = (): string | undefined => instances.get(port)?.stdout;
    await vi.waitFor(() => expect(served()).toContain('"route":"/api/artists"'), { timeout: 60_000, interval: 50 });
  }

  async function stop(port: number): Promise<void> {
    expect(await instances.get(port)?.stop()).toEqual({ code: 0, signal: null });
  }

  async function loadOn(url: string, clients: { keepAlive: boolean }): Promise<SteadyLoad> {
    const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
    const http = await instances.get(ports()[0] ?? 0)?.http();
    const answer = await http?.post('/api/auth/signup', { json });
    const load = new SteadyLoad(url, bearer(answer?.body.data.token as string), clients);
    for (const port of ports()) await untilItServes(port);
    return load;
  }

  async function expectNoneLost(what: string, load: SteadyLoad): Promise<void> {
    await load.answers(100);
    await load.stop();
    findings.note(what, `${load.requests} requests served, ${load.failures.length} lost`);
    expect(load.failures).toEqual([]);
  }

  it.runIf(hasHaproxy)('lose no request behind HAProxy, as deploy/haproxy.cfg configures it', async () => {
    const proxy = await Haproxy.start(ports());
    try {
      const load = await loadOn(proxy.url, { keepAlive: true });
      for (const port of ports()) {
        await stop(port);
        await load.answers(100);
        await start(port);
        await untilItServes(port);
      }
      await expectNoneLost('HAProxy', load);
    } finally {
      await proxy.stop();
    }
  });

  it.runIf(hasNginx)('lose no request behind nginx, where each is marked down before it is stopped', async () => {
    const proxy = await Nginx.start(ports());
    try {
      // A reload of nginx closes connections that clients keep open, perhaps just when one sends a request.
      const load = await loadOn(proxy.url, { keepAlive: false });
      for (const port of ports()) {
        await proxy.reload(ports(), [port]);
        await load.answers(100);
        await stop(port);
        await start(port);
        await proxy.reload(ports());
        await untilItServes(port);
      }
      await expectNoneLost('nginx', load);
    } finally {
      await proxy.stop();
    }
  });
});
