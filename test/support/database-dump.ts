import type { Database } from '../../src/database/database.js';

export type DumpedValue = string | Buffer;

/** Every string and byte string of every table, by table, including those in arrays and JSON. */
export async function dumpDatabase(database: Database): Promise<Map<string, DumpedValue[]>> {
  const tables = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const found = new Map<string, DumpedValue[]>();
  for (const { name } of tables) {
    const rows = await database.query(`SELECT * FROM "${name}"`);
    found.set(name, rows.flatMap(valuesIn));
  }
  return found;
}

function valuesIn(value: unknown): DumpedValue[] {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return [value];
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.values(value).flatMap(valuesIn);
}
