import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Settings } from './settings.js';

/** A database that the benchmark creates and drops. */
export interface BenchDatabase {
  readonly url: string;
  /** Rejects when the connection is lost. Never resolves. */
  readonly lost: Promise<never>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** @throws {Error} naming the database when it cannot be dropped */
  drop(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5000;

export async function createDatabase(serverUrl: string): Promise<BenchDatabase> {
  const name = `stagedoor_bench_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href, application_name: 'stagedoor-bench' });
  const lost = new Promise<never>((_, reject) => {
    client.on('error', (cause) =>
      reject(new Error(`Lost the connection to the database: ${cause.message}`, { cause })),
    );
  });
  // It is awaited later, or never.
  lost.catch(() => undefined);
  await client.connect();
  return {
    url: url.href,
    lost,
    query: async (text, values) => (await client.query(text, values)).rows as never,
    drop: async () => {
      await client.end().catch(() => undefined);
      // Over a new connection: the benchmark may have lost the first one.
      await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch((cause: unknown) => {
        throw new Error(`The database ${name} could not be dropped`, { cause });
      });
    },
  };
}

async function onServer(connectionString: string, statement: string): Promise<void> {
  const server = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await server.connect();
  try {
    await server.query(statement);
  } finally {
    await server.end();
  }
}

/** The e-mail address of a user. Users count from 1; each has one live session and an equal share of the artists. */
export const emailOf = (n: number): string => `user${n}@bench.example`;
/** The refresh token of a user, as `lpad` makes it below. It has the form of a token without its randomness. */
export const refreshTokenOf = (n: number): string => String(n).padStart(43, '0');

const id = (kind: number, n: string): string =>
  `('00000000-0000-7${String(kind).padStart(3, '0')}-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** Four syllables out of a hundred make a word, so that a part of a name is about as rare as in a real roster. */
const syllables = `(SELECT array_agg(c || v ORDER BY c, v) FROM unnest('{b,d,f,g,k,l,m,n,p,r,s,t,v,w,z,br,dr,kl,st,tr}'::text[]) c, unnest('{a,e,i,o,u}'::text[]) v)`;
const syllable = `s[1 + floor(random() * 100)::int]`;
const word = `initcap(${syllable} || ${syllable} || ${syllable} || ${syllable})`;

/**
 * Fills a migrated database. Foreign keys are not checked meanwhile, and secondary indexes are rebuilt at the end: only
 * the content of the tables matters.
 */
export async function fill(
  database: BenchDatabase,
  { users, artists, expiredSessions }: Settings,
  hash: string,
): Promise<void> {
  await database.query(`SET session_replication_role = replica`);
  await database.query(`SET statement_timeout = 0`);
  const indexes = await database.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
      WHERE schemaname = 'public' AND tablename IN ('users', 'artists', 'artist_identifiers', 'sessions')
        AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
  );
  for (const { name } of indexes) await database.query(`DROP INDEX "${name}"`);
  await database.query(
    `INSERT INTO users (id, email, username, first_name, last_name, phone, password_hash, role, status, created_at, updated_at)
     SELECT ${id(0, 'n')}, 'user' || n || '@bench.example', 'user' || n, 'First' || n, 'Last' || n, NULL, $1, 'user', 'active', t, t
       FROM generate_series(1, ${users}) n, LATERAL (SELECT now() - (${users} - n) * interval '1 minute' AS t) made`,
    [hash],
  );
  await database.query(
    `INSERT INTO artists (id, user_id, name, folded, sort_key, status, created_at, updated_at)
     SELECT id, owner, name, chr(31) || folded || chr(31), folded, 'active', t, t
       FROM (SELECT ${syllables} AS s) words, generate_series(1, ${artists}) n,
            LATERAL (SELECT ${id(1, 'n')} AS id, ${id(0, `1 + n % ${users}`)} AS owner,
                            CASE n WHEN 1 THEN 'Zuri' ELSE ${word} || ' ' || ${word} END AS name,
                            now() - (${artists} - n) * interval '1 second' AS t) made,
            LATERAL (SELECT lower(replace(name, ' ', '')) AS folded) compared`,
  );
  await database.query(
    `INSERT INTO artist_identifiers (type, value, user_id, artist_id)
     SELECT 'x-bench', n::text, ${id(0, `1 + n % ${users}`)}, ${id(1, 'n')} FROM generate_series(1, ${artists}) n`,
  );
  await database.query(
    `INSERT INTO sessions (id, user_id, refresh_token_hash, created_at, expires_at)
     SELECT ${id(2, 'n')}, ${id(0, `1 + (n - 1) % ${users}`)}, sha256(convert_to(lpad(n::text, 43, '0'), 'UTF8')),
            until - interval '30 days', until
       FROM generate_series(1, ${users + expiredSessions}) n,
            LATERAL (SELECT now() + CASE WHEN n <= ${users} THEN interval '29 days' ELSE (${users} - n) * interval '1 second' END AS until) ends`,
  );
  for (const { definition } of indexes) await database.query(definition);
  await database.query(`SET session_replication_role = DEFAULT`);
  for (const table of ['users', 'artists', 'artist_identifiers', 'sessions'])
    await database.query(`VACUUM ANALYZE ${table}`);
}

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** Including indexes and TOAST. */
  readonly bytes: number;
  readonly bytesPerRow: number;
}

export async function tableSizes(database: BenchDatabase): Promise<TableSize[]> {
  const sizes: TableSize[] = [];
  for (const table of ['users', 'sessions', 'artists']) {
    const [row] = await database.query<{ rows: string; bytes: string }>(
      `SELECT count(*) AS rows, pg_total_relation_size($1) AS bytes FROM ${table}`,
      [table],
    );
    const [rows, bytes] = [Number(row?.rows), Number(row?.bytes)];
    sizes.push({ table, rows, bytes, bytesPerRow: Math.round(bytes / rows) });
  }
  return sizes;
}
