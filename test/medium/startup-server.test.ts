import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { StartupServer } from '../../src/http/server/startup-server.js';
import { freePort } from '../support/free-port.js';

describe('StartupServer', () => {
  let port: number;
  let server: StartupServer;
  beforeEach(async () => {
    port = await freePort();
    server = new StartupServer(CONTRACTS, FALLBACK_CONTRACT);
    await server.listen(port, '127.0.0.1');
  });
  afterEach(() => server.close());

  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

  it('is live', async () => {
    const response = await get('/health/live');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it.each(['/health/ready', '/health', '/health/ready?x=1'])('is not ready: %s', async (path) => {
    const response = await get(path);
    expect([response.status, await response.json()]).toEqual([503, { status: 'migrating' }]);
    expect(response.headers.get('retry-after')).toBe('5');
  });

  it.each([
    ['/api/auth/login', { statusCode: 503, error: 'Service Unavailable', code: 'service_unavailable' }],
    ['/api/v1/login', { error: expect.any(String) }],
    ['/v1/artists', { success: false, error: { code: 'SERVICE_UNAVAILABLE' } }],
    ['/anything', { statusCode: 503 }],
  ])('answers 503 in the shape of the contract: %s', async (path, body) => {
    const response = await get(path);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject(body);
    expect(response.headers.get('connection')).toBe('close');
  });

  it('rejects where the port is in use', async () => {
    const other = new StartupServer(CONTRACTS, FALLBACK_CONTRACT);
    await expect(other.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await other.close();
  });

  it('frees the port, also while a client is connected that sends nothing', async () => {
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    await get('/health/live');
    await server.close();
    const next = new StartupServer(CONTRACTS, FALLBACK_CONTRACT);
    await next.listen(port, '127.0.0.1');
    await next.close();
  });
});
