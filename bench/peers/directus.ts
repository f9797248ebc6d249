import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from '../servers.js';
import { install, installedVersion } from './install.js';
import { ARTISTS, PASSWORD, type Peer, post, send } from './peer.js';

const PACKAGES = { directus: '12.4.0' };
/** Of Node.js, by its `engines`. */
export const DIRECTUS_NEEDS = 22;

const ADMIN = { email: 'root@example.com', password: PASSWORD };

export async function directus(folder: string, databaseUrl: string): Promise<Peer> {
  await install(folder, PACKAGES);
  const cli = join(folder, 'node_modules/directus/cli.js');
  const env = {
    DB_CLIENT: 'pg',
    DB_CONNECTION_STRING: databaseUrl,
    SECRET: randomBytes(48).toString('base64url'),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    HASH_MEMORY_COST: '19456',
    HASH_TIME_COST: '2',
    HASH_PARALLELISM: '1',
    RATE_LIMITER_ENABLED: 'false',
    // It answers 503 under load otherwise.
    PRESSURE_LIMITER_ENABLED: 'false',
    ACCESS_TOKEN_TTL: '1h',
    TELEMETRY: 'false',
    LOG_LEVEL: 'error',
  };
  await promisify(execFile)(process.execPath, [cli, 'bootstrap'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
  });
  return {
    name: 'Directus',
    version: await installedVersion(folder, 'directus'),
    hashing: 'argon2id m=19456 t=2 p=1, prebuilt',
    reservations: { login: 'one account, an admin' },
    start: () => startServer({ name: 'Directus', args: [cli, 'start'], env, cwd: folder, readyPath: '/server/ping' }),
    prepare: async (server) => {
      const session = await send<{ data: { access_token: string } }>(server, post('/auth/login', ADMIN));
      const authorization = { authorization: `Bearer ${session.data.access_token}` };
      const id = { field: 'id', type: 'integer', schema: { is_primary_key: true, has_auto_increment: true } };
      const fields = [id, { field: 'name', type: 'string', schema: {} }];
      await send(server, post('/collections', { collection: 'artists', schema: {}, meta: {}, fields }, authorization));
      const artists = Array.from({ length: ARTISTS }, (_, n) => ({ name: `Artist ${n}` }));
      await send(server, post('/items/artists', artists, authorization));
      const key = randomBytes(24).toString('base64url');
      await send(server, { ...post('/users/me', { token: key }, authorization), method: 'PATCH' });
      return {
        profile: [{ path: '/users/me', headers: authorization }],
        artists: [{ path: '/items/artists?limit=10', headers: { authorization: `Bearer ${key}` } }],
        login: [post('/auth/login', ADMIN)],
      };
    },
  };
}
