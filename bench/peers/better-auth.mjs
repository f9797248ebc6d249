/* better-auth on Node's own server, with Stagedoor's argon2 and its cost, and without rate limits. */
import { createServer } from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer } from 'better-auth/plugins';
import pg from 'pg';

const { PORT, DATABASE_URL, SECRET, ARGON2 } = process.env;
const { default: argon2 } = await import(ARGON2);
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${PORT}`,
  secret: SECRET,
  database: new pg.Pool({ connectionString: DATABASE_URL, max: 10 }),
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => argon2.hash(password, COST),
      verify: ({ hash, password }) => argon2.verify(hash, password),
    },
  },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [bearer(), apiKey({ enableSessionForAPIKeys: true, rateLimit: { enabled: false } })],
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
createServer(toNodeHandler(auth)).listen(Number(PORT), '127.0.0.1');
