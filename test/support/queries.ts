import type { DataSource, Logger } from 'typeorm';

/** Collects the text of every statement that goes to the database through this data source, from now on. */
export function recordQueries(dataSource: DataSource): string[] {
  const texts: string[] = [];
  const nothing = (): void => undefined;
  const recorder: Logger = {
    logQuery: (text) => void texts.push(text),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  dataSource.logger = recorder;
  return texts;
}
