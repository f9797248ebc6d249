import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';

const LINES = 10_000;
const isBad = (i: number): boolean => i % 100 === 99;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('CATALOGUE 6: 10,000 lines with 100 bad ones are answered in order, and change nothing the second time', async () => {
  const { id, headers } = await signUp(app);
  const names = JSON.parse(readFileSync(new URL('../support/look-ups.json', import.meta.url), 'utf8')) as {
    readonly name: string;
  }[];
  const lines = Array.from({ length: LINES }, (_, i) => ({
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
  const expected = (result: string): unknown[] => lines.map((_, i) => [i + 1, isBad(i) ? 'refused' : result]);
  const counts = { done: true, created: 0, updated: 0, unchanged: 0, refused: 100 };

  const first = await importAll();
  expect(first.slice(0, -1).map(({ line, result }) => [line, result])).toEqual(expected('created'));
  expect(first.at(-1)).toEqual({ ...counts, created: 9900 });
  const again = await importAll();
  expect(again.slice(0, -1).map(({ line, result }) => [line, result])).toEqual(expected('unchanged'));
  expect(again.at(-1)).toEqual({ ...counts, unchanged: 9900 });
  const versions = await app.database.query(
    'SELECT version, count(*)::int AS count FROM artists WHERE user_id = $1 GROUP BY version',
    [id],
  );
  expect(versions).toEqual([{ version: 1, count: 9900 }]);
});
