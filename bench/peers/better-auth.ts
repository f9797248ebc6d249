import { randomBytes } from 'node:crypto';
import { startServer } from '../servers.js';
import { copyScript, install, installedVersion } from './install.js';
import { emailOf, PASSWORD, type Peer, post, send, USERS } from './peer.js';
import { ARGON2, ARGON2ID } from './stagedoor.js';

const PACKAGES = { 'better-auth': '1.7.25', '@better-auth/api-key': '1.7.5', pg: '8.23.1' };

export async function betterAuth(folder: string, databaseUrl: string): Promise<Peer> {
  await install(folder, PACKAGES);
  const script = await copyScript('better-auth.mjs', folder);
  const env = { DATABASE_URL: databaseUrl, SECRET: randomBytes(48).toString('base64url'), ARGON2 };
  return {
    name: 'better-auth',
    version: await installedVersion(folder, 'better-auth'),
    hashing: ARGON2ID,
    reservations: { artists: 'checks the key only: it has no artists' },
    start: () => startServer({ name: 'better-auth', args: [script], env, cwd: folder, readyPath: '/api/auth/ok' }),
    prepare: async (server) => {
      // It refuses writes of pages of other origins.
      const origin = { origin: server.url };
      const signUp = (n: number): Promise<{ token: string }> =>
        send(server, post('/api/auth/sign-up/email', { email: emailOf(n), name: 'Bench', password: PASSWORD }, origin));
      const { token } = await signUp(0);
      for (let n = 1; n <= USERS; n++) await signUp(n);
      const authorization = { authorization: `Bearer ${token}` };
      const create = post('/api/auth/api-key/create', { name: 'bench' }, { ...authorization, ...origin });
      const { key } = await send<{ key: string }>(server, create);
      const byNumber = Array.from({ length: USERS }, (_, i) => i + 1);
      return {
        profile: [{ path: '/api/auth/get-session', headers: authorization }],
        artists: [{ path: '/api/auth/get-session', headers: { 'x-api-key': key } }],
        login: byNumber.map((n) => post('/api/auth/sign-in/email', { email: emailOf(n), password: PASSWORD }, origin)),
      };
    },
  };
}
