import type { Pool } from 'pg';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestContext } from '../../src/common/request-context.js';
import type { RequestSpan, SpanValue } from '../../src/common/spans.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

interface Told {
  readonly name: string;
  readonly values: Record<string, SpanValue>;
  readonly ends: (string | undefined)[];
}

/** Remembers what it is told, as one that exports it would. */
function recorder(): { span: RequestSpan; told: Told[] } {
  const told: Told[] = [];
  const startCall: RequestSpan['startCall'] = (name, given) => {
    const entry: Told = { name, values: { ...given }, ends: [] };
    told.push(entry);
    return { set: (key, value) => (entry.values[key] = value), end: (errorType) => void entry.ends.push(errorType) };
  };
  return { told, span: { traceId: '0', startCall, startWork: () => undefined, end: () => undefined } };
}

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function told(work: () => Promise<unknown>): Promise<Told[]> {
  const { span, told: entries } = recorder();
  await requestContext.run({ requestId: 'of-the-test', ip: '127.0.0.1', span }, work);
  return entries;
}
const pool = (): Pool => (database.dataSource.driver as PostgresDriver).master as Pool;

describe('the span of a statement', () => {
  it('ends once, when the answer is there', async () => {
    expect(await told(() => database.query('SELECT id FROM users WHERE id = $1', [null]))).toEqual([
      {
        name: 'SELECT',
        values: {
          'db.system.name': 'postgresql',
          'db.operation.name': 'SELECT',
          'db.query.summary': 'SELECT',
        },
        ends: [undefined],
      },
    ]);
    const prepared = await told(() => database.prepared('find artist', 'SELECT id FROM artists WHERE id = $1', [null]));
    const values = { 'db.operation.name': 'SELECT', 'db.query.summary': 'find artist' };
    expect(prepared).toMatchObject([{ name: 'find artist', values, ends: [undefined] }]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['of TypeORM', () => database.query("SELECT 'of-somebody'::uuid FROM users")],
    ['of the pool', () => database.prepared('failing', "SELECT 'of-somebody'::uuid FROM users", [])],
    ['of the pool, with a callback', () => viaCallback("SELECT 'of-somebody'::uuid FROM users")],
  ])('tells by its code alone that it failed, since a message quotes values: %s', async (_, ask) => {
    const entries = await told(() => expect(ask()).rejects.toThrow('of-somebody'));
    expect(entries).toMatchObject([{ ends: ['22P02'], values: { 'db.response.status_code': '22P02' } }]);
    expect(JSON.stringify(entries)).not.toContain('of-somebody');
  });

  it('is not there for what nobody asked for within a request', async () => {
    const entries = await told(() => requestContext.exit(() => database.query('SELECT 1')));
    expect(entries).toEqual([]);
  });
});

/** As the pool of `pg` asks, on every database. */
async function viaCallback(text: string): Promise<unknown> {
  const span = requestContext.getStore()?.span;
  return pool().query({ text, values: [], ...{ span } });
}
