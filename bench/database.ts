import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Settings } from './settings.js';

/** A database of the benchmark's own, gone when dropped. */
export interface BenchDatabase {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export async function createDatabase(serverUrl: string): Promise<BenchDatabase> {
  const name = `stagedoor_bench_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href, application_name: 'stagedoor-bench' });
  await client.connect();
  return {
    url: url.href,
    query: async (text, values) => (await client.query(text, values)).rows as never,
    drop: async () => {
      await client.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}

/** The people of the benchmark: number `n` counts from 1. Each has one live session and an equal share of artists. */
export const emailOf = (n: number): string => `user${n}@bench.example`;
/** As `lpad` makes it below: a text of a refresh token's form, and of nobody's randomness. */
export const refreshTokenOf = (n: number): string => String(n).padStart(43, '0');

const id = (kind: number, n: string): string =>
  `('00000000-0000-7${String(kind).padStart(3, '0')}-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** Two words of four syllables from a hundred, so that a part of a name is about as rare as in a real roster. */
const syllables = `(SELECT array_agg(c || v ORDER BY c, v) FROM unnest('{b,d,f,g,k,l,m,n,p,r,s,t,v,w,z,br,dr,kl,st,tr}'::text[]) c, unnest('{a,e,i,o,u}'::text[]) v)`;
const syllable = `s[1 + floor(random() * 100)::int]`;
const word = `initcap(${syllable} || ${syllable} || ${syllable} || ${syllable})`;

/**
 * Fills a migrated database. Secondary indexes are made again at the end, and foreign keys are not checked meanwhile:
 * this is about what lies in the tables, not about how it came there.
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
      WHERE schemaname = 'public' AND tablename IN ('users', 'artists', 'sessions')
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
    `INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
     SELECT ${id(1, 'n')}, ${id(0, `1 + n % ${users}`)}, ${word} || ' ' || ${word}, 'active', t, t
       FROM (SELECT ${syllables} AS s) words, generate_series(1, ${artists}) n,
            LATERAL (SELECT now() - (${artists} - n) * interval '1 second' AS t) made`,
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
  for (const table of ['users', 'artists', 'sessions']) await database.query(`VACUUM ANALYZE ${table}`);
}

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** With indexes and all. */
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
