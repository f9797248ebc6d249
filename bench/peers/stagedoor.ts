import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startServer } from '../servers.js';
import { ARTISTS, emailOf, PASSWORD, type Peer, post, send, USERS } from './peer.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const ARGON2 = here('../../node_modules/argon2/argon2.cjs');
const isCompiled = existsSync(here('../../node_modules/argon2/build/Release/argon2.node'));
const { version } = JSON.parse(readFileSync(here('../../package.json'), 'utf8')) as { version: string };

export const ARGON2ID = `argon2id m=19456 t=2 p=1, ${isCompiled ? 'compiled' : 'prebuilt'}`;

interface Session {
  readonly data: { readonly token: string };
}

/** As `npm start` runs it in production, without rate limits. */
export function stagedoor(databaseUrl: string): Peer {
  const env = {
    DATABASE_URL: databaseUrl,
    APP_SECRET: randomBytes(48).toString('base64url'),
    RATE_LIMIT_ENABLED: 'false',
  };
  return {
    name: 'Stagedoor',
    version,
    hashing: ARGON2ID,
    start: () =>
      startServer({
        name: 'Stagedoor',
        args: ['--max-semi-space-size=4', here('../../dist/start.cjs')],
        env,
        readyPath: '/health/ready',
      }),
    prepare: async (server) => {
      const signUp = (n: number): Promise<Session> =>
        send(server, post('/api/auth/signup', { email: emailOf(n), name: 'Bench', password: PASSWORD }));
      const { token } = (await signUp(0)).data;
      for (let n = 1; n <= USERS; n++) await signUp(n);
      const authorization = { authorization: `Bearer ${token}` };
      for (let n = 0; n < ARTISTS; n++)
        await send(server, post('/api/artists', { name: `Artist ${n}` }, authorization));
      const created = await send<{ data: { apiKey: string } }>(server, post('/api/auth/keys', {}, authorization));
      const byNumber = Array.from({ length: USERS }, (_, i) => i + 1);
      return {
        profile: [{ path: '/api/users/me', headers: authorization }],
        artists: [{ path: '/api/artists?size=10', headers: { 'x-api-key': created.data.apiKey } }],
        login: byNumber.map((n) => post('/api/auth/login', { email: emailOf(n), password: PASSWORD })),
      };
    },
  };
}
