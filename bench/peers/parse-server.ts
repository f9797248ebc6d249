import { randomBytes } from 'node:crypto';
import { startServer } from '../servers.js';
import { copyScript, install, installedVersion } from './install.js';
import { ARTISTS, emailOf, PASSWORD, type Peer, post, send, USERS } from './peer.js';

const PACKAGES = { 'parse-server': '9.10.0' };

export async function parseServer(folder: string, databaseUrl: string): Promise<Peer> {
  await install(folder, PACKAGES);
  const script = await copyScript('parse-server.mjs', folder);
  const [SECRET, API_KEY] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')];
  const env = { DATABASE_URL: databaseUrl, SECRET, API_KEY };
  const app = { 'x-parse-application-id': 'bench', 'x-parse-rest-api-key': API_KEY };
  return {
    name: 'Parse Server',
    version: await installedVersion(folder, 'parse-server'),
    hashing: 'bcrypt, cost 10',
    reservations: { artists: "by the application's key: users have none", login: 'bcrypt: it has no argon2' },
    start: () => startServer({ name: 'Parse Server', args: [script], env, cwd: folder, readyPath: '/parse/health' }),
    prepare: async (server) => {
      const signUp = (n: number): Promise<{ sessionToken: string }> =>
        send(server, post('/parse/users', { username: `peer${n}`, email: emailOf(n), password: PASSWORD }, app));
      const { sessionToken } = await signUp(0);
      for (let n = 1; n <= USERS; n++) await signUp(n);
      // The first one creates the class.
      const master = { ...app, 'x-parse-master-key': SECRET };
      for (let n = 0; n < ARTISTS; n++)
        await send(server, post('/parse/classes/Artist', { name: `Artist ${n}` }, master));
      const byNumber = Array.from({ length: USERS }, (_, i) => i + 1);
      return {
        profile: [{ path: '/parse/users/me', headers: { ...app, 'x-parse-session-token': sessionToken } }],
        artists: [{ path: '/parse/classes/Artist?limit=10', headers: app }],
        login: byNumber.map((n) => post('/parse/login', { username: `peer${n}`, password: PASSWORD }, app)),
      };
    },
  };
}
