import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';

const GENERATOR = new URL('../../client/generate.mjs', import.meta.url);

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('the client has the operations of the document', async () => {
  const { operationsModule } = (await import(GENERATOR.href)) as {
    operationsModule(document: unknown): Promise<string>;
  };
  const document: unknown = (await app.http.get('/docs-json')).body;
  const current = await readFile(new URL('src/operations.ts', GENERATOR), 'utf8');
  expect(current, 'run `npm run client:generate`').toBe(await operationsModule(document));
});
