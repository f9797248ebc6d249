import { readConfig } from '../config/env.js';
import { loadEnvironment } from '../config/environment.js';
import { createDataSource } from './data-source.js';

const config = readConfig(loadEnvironment());
if (config.databaseUrl === undefined) {
  throw new Error('The migration commands work on a PostgreSQL server: set DATABASE_URL');
}

/** What `npm run migration:*` works on; the server itself migrates at start. */
export const dataSource = createDataSource({
  url: config.databaseUrl,
  poolMax: 1,
  acquireTimeoutMs: config.databaseAcquireTimeoutMs,
});
