import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import argon2 from 'argon2';
import Fastify, { type FastifyReply } from 'fastify';
import pg from 'pg';

/*
 * The baseline, "the floor": the cost of the same work in a bare Fastify server with the same prepared statements on
 * plain `pg`. It has no validation, limits, log or roles, and is never to be deployed.
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
  const isValid = verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return isValid ? String(claims['sub']) : undefined;
}

let hashing = 0;
const waiting: (() => void)[] = [];

/** As many concurrent hashes as Stagedoor, and none for clients that disconnected, which would slow down the next turn. */
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
  return { message: 'Your profile', data: rows[0] as object };
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

// Only the hash.
server.post<{ Body: { password: string } }>('/api/auth/login', async (request, reply) => {
  const isValid = await inTurn(reply, () => argon2.verify(PASSWORD_HASH ?? '', request.body.password));
  return isValid ? { message: 'ok' } : refuse(reply);
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

/** Lines of one insert, as many as Stagedoor writes at once. */
const BATCH_LINES = 250;

interface ArtistLine {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly identifiers: readonly object[];
}

// Inserts what it is sent: nothing is checked, looked for or compared.
server.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));
server.post<{ Body: Readable }>('/api/catalogue/import', (request, reply) => {
  const userId = userIdIn(request.headers.authorization);
  if (userId === undefined) return refuse(reply);
  return reply.type('application/x-ndjson').send(Readable.from(insertLines(userId, request.body)));
});

async function* insertLines(userId: string, body: Readable): AsyncGenerator<string> {
  let count = 0;
  let batch: ArtistLine[] = [];
  for await (const line of createInterface({ input: body })) {
    batch.push(JSON.parse(line) as ArtistLine);
    if (batch.length < BATCH_LINES) continue;
    yield await insertArtists(userId, batch, count);
    count += batch.length;
    batch = [];
  }
  if (batch.length > 0) yield await insertArtists(userId, batch, count);
  yield `{"done":true,"created":${count + batch.length},"updated":0}\n`;
}

async function insertArtists(userId: string, lines: readonly ArtistLine[], before: number): Promise<string> {
  const rows = lines.map(({ name, aliases, identifiers }) => ({
    ...{ id: randomUUID(), name, aliases, identifiers },
    folded: `\u001f${[name, ...aliases].join('\u001f').toLowerCase().replaceAll(' ', '')}\u001f`,
    sort_key: name.toLowerCase().replaceAll(' ', ''),
  }));
  await pool.query({
    name: 'import',
    text: `INSERT INTO artists (id, user_id, name, aliases, identifiers, status, folded, sort_key, created_at, updated_at)
           SELECT id, $1, name, aliases, identifiers, 'active', folded, sort_key, now(), now()
             FROM jsonb_to_recordset($2::jsonb) AS new (id uuid, name text, aliases text[], identifiers jsonb,
                  folded text, sort_key text)`,
    values: [userId, JSON.stringify(rows)],
  });
  return rows.map(({ id }, i) => `{"line":${before + i + 1},"result":"created","id":"${id}"}\n`).join('');
}

process.once('SIGTERM', () => {
  void server.close().then(() => pool.end());
});
await server.listen({ host: '127.0.0.1', port: Number(PORT) });
