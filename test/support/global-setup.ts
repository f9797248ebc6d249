import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openEmbeddedDatabase } from '../../src/database/embedded/embedded-database.js';
import { migrate } from '../../src/database/migrate.js';

/*
 * Migrates one database, of which the test files get copies: on the PostgreSQL server of `TEST_DATABASE_URL`, or embedded
 * ones.
 */

export type DatabaseTemplate =
  | { readonly kind: 'embedded'; readonly snapshotPath: string }
  | { readonly kind: 'server'; readonly serverUrl: string; readonly database: string };

declare module 'vitest' {
  interface ProvidedContext {
    databaseTemplate: DatabaseTemplate;
  }
}

let cleanUp: () => Promise<void>;

export async function setup(project: TestProject): Promise<void> {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  cleanUp = serverUrl ? await prepareServer(project, serverUrl) : await prepareEmbedded(project);
}

export function teardown(): Promise<void> {
  return cleanUp();
}

async function prepareEmbedded(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-test-'));
  const snapshotPath = join(folder, 'template.tar');
  const embedded = await openEmbeddedDatabase({});
  await migrate({ url: embedded.url, acquireTimeoutMs: 180_000 });
  await writeFile(snapshotPath, Buffer.from(await (await embedded.snapshot()).arrayBuffer()));
  await embedded.close();
  project.provide('databaseTemplate', { kind: 'embedded', snapshotPath });
  return () => rm(folder, { recursive: true });
}

async function prepareServer(project: TestProject, serverUrl: string): Promise<() => Promise<void>> {
  const database = `stagedoor_template_${randomBytes(4).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  await migrate({ url: url.href, acquireTimeoutMs: 180_000 });
  project.provide('databaseTemplate', { kind: 'server', serverUrl, database });
  return () => onServer(serverUrl, `DROP DATABASE ${database}`);
}

export async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
