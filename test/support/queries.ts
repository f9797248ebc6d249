import type { DataSource, Logger } from 'typeorm';

export interface RecordedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Records every statement that this data source sends from now on. */
export function recordQueries(dataSource: DataSource): RecordedQuery[] {
  const queries: RecordedQuery[] = [];
  const nothing = (): void => undefined;
  const recorder: Logger = {
    logQuery: (text, values) => void queries.push({ text, values: Array.isArray(values) ? values : [] }),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  dataSource.logger = recorder;
  return queries;
}
