import type { DataSource, EntityManager } from 'typeorm';
import { databaseFault } from './sql-state.js';

const ATTEMPTS = 4;

/**
 * Runs `work` in one transaction, again from the start when the database asks for that (serialization failure,
 * deadlock): so `work` touches nothing but the database.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (attempt === ATTEMPTS || databaseFault(error) !== 'retryable') throw error;
    }
  }
}
