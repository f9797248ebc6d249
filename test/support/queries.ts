import type { DataSource, Logger } from 'typeorm';
import { requestContext } from '../../src/common/request-context.js';

export interface RecordedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Records every statement that this data source sends from now on. */
export function recordQueries(dataSource: DataSource): RecordedQuery[] {
  return record(dataSource, () => true);
}

/** Records the statements that requests send from now on, and none of the work that goes on beside them. */
export function recordRequestQueries(dataSource: DataSource): RecordedQuery[] {
  return record(dataSource, () => requestContext.getStore() !== undefined);
}

function record(dataSource: DataSource, isWanted: () => boolean): RecordedQuery[] {
  const queries: RecordedQuery[] = [];
  const nothing = (): void => undefined;
  const recorder: Logger = {
    logQuery: (text, values) => {
      if (isWanted()) queries.push({ text, values: Array.isArray(values) ? values : [] });
    },
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  dataSource.logger = recorder;
  return queries;
}
