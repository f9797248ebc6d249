import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { TestApp } from './app.js';
import { signUp } from './people.js';

const isBad = (i: number): boolean => i % 100 === 99;

/** Imports so many artists with real names, one in a hundred of them bad, twice: the second time nothing may change. */
export async function expectImportTwice(app: TestApp, count: number): Promise<void> {
  const { id, headers } = await signUp(app);
  const names = JSON.parse(readFileSync(new URL('look-ups.json', import.meta.url), 'utf8')) as {
    readonly name: string;
  }[];
  const lines = Array.from({ length: count }, (_, i) => ({
    name: `${names[i % names.length]?.name ?? ''} ${i}`,
    identifiers: [isBad(i) ? { type: 'isni', value: '0000000078387180' } : { type: 'x-catalogue', value: `N-${i}` }],
  }));
  const raw = lines.map((line) => JSON.stringify(line)).join('\n');
  const importAll = async (): Promise<Record<string, unknown>[]> => {
    const { status, text } = await app.http.post('/api/catalogue/import', {
      raw,
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
    });
    expect(status, text).toBe(200);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const refused = lines.filter((_, i) => isBad(i)).length;
  const good = count - refused;
  const counts = { done: true, created: 0, updated: 0, unchanged: 0, refused };
  const expected = (result: string): unknown[] => lines.map((_, i) => [i + 1, isBad(i) ? 'refused' : result]);

  const first = await importAll();
  expect(first.slice(0, -1).map(({ line, result }) => [line, result])).toEqual(expected('created'));
  expect(first.at(-1)).toEqual({ ...counts, created: good });
  const again = await importAll();
  expect(again.slice(0, -1).map(({ line, result }) => [line, result])).toEqual(expected('unchanged'));
  expect(again.at(-1)).toEqual({ ...counts, unchanged: good });
  const versions = await app.database.query(
    `SELECT version, count(*)::int AS count FROM artists
      WHERE user_id = $1 AND NOT EXISTS (SELECT FROM songs WHERE artist_id = artists.id) GROUP BY version`,
    [id],
  );
  expect(versions).toEqual([{ version: 1, count: good }]);
}
