import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseErrorKind } from '../../src/database/sql-state.js';
import { SigningKey } from '../../src/modules/tokens/signing-key.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** Cuts the connection of a transaction while it is idle, as a server does that shuts down. */
async function cutConnection(manager: EntityManager): Promise<void> {
  const client = (await manager.queryRunner?.connect()) as ClientBase & {
    readonly connection: { readonly stream: { destroy(): void } };
  };
  await new Promise<void>((resolve) => {
    client.once('end', resolve);
    client.connection.stream.destroy();
  });
}

describe('a transaction whose connection is lost between two statements', () => {
  it.each<[string, (manager: EntityManager) => Promise<unknown>]>([
    ['a statement', (manager) => manager.query('SELECT 1')],
    ['a prepared statement', (manager) => database.preparedIn(manager, 'one', 'SELECT 1', [])],
    ['a query of an entity', (manager) => manager.countBy(SigningKey, {})],
    ['nothing but its commit', () => Promise.resolve()],
  ])('fails as an unavailable database does, with %s to follow', async (_, next) => {
    const transaction = database.transaction(async (manager) => {
      await manager.query('SELECT 1');
      await cutConnection(manager);
      await next(manager);
    });
    const error: unknown = await transaction.then(() => undefined).catch((reason: unknown) => reason);
    expect(databaseErrorKind(error)).toBe('unavailable');
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
