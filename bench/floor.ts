import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import argon2 from 'argon2';
import Fastify, { type FastifyReply } from 'fastify';
import pg from 'pg';

/*
 * The floor: what the same work costs in a Fastify server written by hand, with the same statements, prepared, on
 * plain `pg`. No validation, no limits, no log, no roles: nobody should run this. It says how fast the machine is.
 */

const { DATABASE_URL, PORT, HASH_CONCURRENCY, JWKS_URL, PASSWORD_HASH } = process.env as Record<string, string>;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });

interface Jwk {
  readonly kid: string;
}
const keySet = (await (await fetch(JWKS_URL ?? '')).json()) as { keys: Jwk[] };
const publicKeys = new Map<string, KeyObject>(
  keySet.keys.map((jwk) => [jwk.kid, createPublicKey({ key: { ...jwk }, format: 'jwk' })]),
);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;

function issueToken(claims: object): string {
  const text = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'floor' })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function userIdIn(authorization = ''): string | undefined {
  const [header, payload, signature = ''] = authorization.slice('Bearer '.length).split('.');
  const key = publicKeys.get(String(decode(header)['kid']));
  const claims = decode(payload);
  if (!key || Number(claims['exp']) * 1000 <= Date.now()) return undefined;
  const text = Buffer.from(`${header}.${payload}`);
  const good = verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return good ? String(claims['sub']) : undefined;
}

let hashing = 0;
const waiting: (() => void)[] = [];

/** As many hashes at a time as Stagedoor is given, and like there none for callers that hung up: they would burden the next turn. */
async function inTurn<T>(reply: FastifyReply, work: () => Promise<T>): Promise<T | undefined> {
  if (hashing >= Number(HASH_CONCURRENCY)) await new Promise<void>((go) => waiting.push(go));
  else hashing++;
  try {
    return reply.raw.destroyed ? undefined : await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else hashing--;
  }
}

const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const server = Fastify({ logger: false });
const refuse = (reply: FastifyReply): FastifyReply => reply.status(401).send({ error: 'no' });

server.get('/health/live', () => 'ok');

server.get('/api/users/me', async (request, reply) => {
  const userId = userIdIn(request.headers.authorization);
  if (userId === undefined) return refuse(reply);
  const { rows } = await pool.query({
    name: 'user',
    text: `SELECT id, email, username, first_name, last_name, phone, role, status, created_at, updated_at
             FROM users WHERE id = $1`,
    values: [userId],
  });
  return { message: 'This is you', data: rows[0] as object };
});

interface Artist {
  readonly id: string;
  readonly created_at: Date;
}

server.get<{ Querystring: { size: string } }>('/api/artists', async (request, reply) => {
  const hash = createHash('sha256').update(String(request.headers['x-api-key'])).digest();
  const keys = await pool.query<{ user_id: string }>({
    name: 'key',
    text: `SELECT k.user_id FROM api_keys k JOIN users u ON u.id = k.user_id
            WHERE k.secret_hash = $1 AND u.status = 'active'`,
    values: [hash],
  });
  const userId = keys.rows[0]?.user_id;
  if (userId === undefined) return refuse(reply);
  const size = Number(request.query.size);
  const [count, page] = await Promise.all([
    pool.query<{ count: string }>({
      name: 'artist-count',
      text: `SELECT count(*) FROM artists WHERE user_id = $1 AND status = 'active'`,
      values: [userId],
    }),
    pool.query<Artist>({
      name: 'artists',
      text: `SELECT id, user_id, name, status, created_at, updated_at FROM artists
              WHERE user_id = $1 AND status = 'active' ORDER BY created_at DESC, id DESC LIMIT $2`,
      values: [userId, size + 1],
    }),
  ]);
  const totalCount = Number(count.rows[0]?.count);
  const data = page.rows.slice(0, size);
  const last = data.at(-1);
  const nextCursor = page.rows.length > size && last ? `${last.created_at.getTime()}.${last.id}` : null;
  return { message: 'Artists', data, meta: { page: 0, size, totalCount, totalPages: 1, nextCursor } };
});

server.post<{ Body: { refreshToken: string } }>('/api/auth/refresh', async (request, reply) => {
  const hash = createHash('sha256').update(request.body.refreshToken).digest();
  const { rows } = await pool.query<{ id: string; user_id: string; role: string }>({
    name: 'session',
    text: `SELECT s.id, s.user_id, s.expires_at, u.role FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.refresh_token_hash = $1 AND s.expires_at > $2 AND u.status = 'active'`,
    values: [hash, new Date()],
  });
  const session = rows[0];
  if (!session) return refuse(reply);
  const iat = Math.floor(Date.now() / 1000);
  const { id: sid, user_id: sub, role } = session;
  const token = issueToken({ iss: 'floor', aud: 'floor', sub, sid, role, iat, exp: iat + 3600, jti: randomUUID() });
  return { message: 'Token refreshed', data: { token, expiresIn: 3600 } };
});

// Raw: nothing but the hash.
server.post<{ Body: { password: string } }>('/api/auth/login', async (request, reply) => {
  const good = await inTurn(reply, () => argon2.verify(PASSWORD_HASH ?? '', request.body.password));
  return good ? { message: 'ok' } : refuse(reply);
});

server.post<{ Body: { email: string; name: string; password: string } }>('/api/auth/signup', async (request, reply) => {
  const { email, name, password } = request.body;
  const hash = await inTurn(reply, () => argon2.hash(password, COST));
  const id = randomUUID();
  await pool.query({
    name: 'sign-up',
    text: `INSERT INTO users (id, email, username, first_name, last_name, password_hash, role, status, created_at, updated_at)
           VALUES ($1, $2, $3, $4, '', $5, 'user', 'active', $6, $6)`,
    values: [id, email, id, name, hash, new Date()],
  });
  return reply.status(201).send({ message: 'ok', data: { id } });
});

process.once('SIGTERM', () => {
  void server.close().then(() => pool.end());
});
await server.listen({ host: '127.0.0.1', port: Number(PORT) });
