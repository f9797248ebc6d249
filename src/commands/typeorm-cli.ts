import { DataSource } from 'typeorm';
import { ConfigError } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import { loadEnvironment } from '../config/load-dotenv.js';
import { ENTITIES } from './entities.js';
import { dataSourceOptions } from '../database/data-source-options.js';

const { variables, problems } = loadEnvironment();
const config = readConfig(variables, problems);
if (config.databaseUrl === undefined) {
  throw new ConfigError(['DATABASE_URL is required: migrations are generated and reverted on a PostgreSQL server']);
}

/** For `npm run migration:generate` and `migration:revert`, which are TypeORM's own commands for developers. */
export const dataSource = new DataSource({
  ...dataSourceOptions({
    url: config.databaseDirectUrl ?? config.databaseUrl,
    poolMax: 1,
    acquireTimeoutMs: config.databaseAcquireTimeoutMs,
  }),
  entities: ENTITIES,
});
