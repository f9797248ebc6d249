import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/commands.js';
import { apiKey, bearer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const APP_SECRET = randomBytes(32).toString('hex');

interface Person {
  readonly email: string;
  readonly headers: Record<string, string>;
  readonly refreshToken: string;
  readonly keyId: string;
  readonly apiKey: string;
}

async function signUp(http: HttpClient): Promise<Person> {
  const email = freshEmail();
  const { body } = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  const headers = bearer(body.data.token);
  const key = await http.post('/api/auth/keys', { headers, json: { name: 'Nightly export' } });
  const { keyId, apiKey: secret } = key.body.data;
  return { email, headers, refreshToken: body.data.refreshToken, keyId, apiKey: secret };
}

describe('a dump that is restored', () => {
  let postgres: PrivatePostgres;
  const servers: ServerProcess[] = [];
  beforeAll(async () => {
    postgres = await PrivatePostgres.start();
  });
  afterAll(async () => {
    for (const server of servers) {
      server.signal('SIGKILL');
      await server.ended;
    }
    await postgres.remove();
  });

  async function serve(database: string): Promise<HttpClient> {
    const env = { DATABASE_URL: postgres.urlOf(database), APP_SECRET, RATE_LIMIT_ENABLED: 'false' };
    const server = ServerProcess.start(env);
    servers.push(server);
    return server.http();
  }

  const me = async (http: HttpClient, headers: Record<string, string>): Promise<number> =>
    (await http.get('/api/users/me', { headers })).status;

  it('brings back what was revoked since, until after-restore has run', async () => {
    await postgres.createDatabase('live');
    const http = await serve('live');
    const person = await signUp(http);
    const oldKeys = (await http.get('/.well-known/jwks.json')).text;
    await postgres.dump('live', 'restored');

    // What the dump does not know.
    await http.delete(`/api/auth/keys/${person.keyId}`, { headers: person.headers });
    await http.post('/api/auth/logout', { headers: person.headers });
    expect(await me(http, person.headers)).toBe(401);

    const sessions = async (): Promise<number> =>
      (await postgres.query('SELECT id FROM sessions', [], 'restored')).length;
    expect(await sessions()).toBe(1);

    const env = { DATABASE_URL: postgres.urlOf('restored'), APP_SECRET };
    const command = await runCommand(env, ['after-restore']);
    expect(command).toMatchObject({ code: 0, stderr: '' });
    expect(await sessions()).toBe(0);
    // The keys are the operator's to judge: the command names them.
    expect(command.stdout).toMatch(/API keys made or rotated in the 24 hours before: 1\n/);
    expect(command.stdout).toContain(person.keyId);

    const restored = await serve('restored');
    expect(await me(restored, person.headers)).toBe(401);
    const refresh = await restored.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    expect(refresh.status).toBe(401);
    expect((await restored.get('/.well-known/jwks.json')).text).not.toBe(oldKeys);
    // Still valid, as listed.
    expect((await restored.get('/api/artists', { headers: apiKey(person.apiKey) })).status).toBe(200);
    const login = await restored.post('/api/auth/login', { json: { email: person.email, password: PASSWORD } });
    expect(login.status).toBe(200);
  });
});
