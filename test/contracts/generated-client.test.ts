import { readFile, writeFile } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';

const CLIENT = 'examples/web/src/api.d.ts';

describe('the typed client of the example app', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('is what openapi-typescript makes of /docs-json (mend it with: npm run client:generate)', async () => {
    const document = (await app.nest.inject({ method: 'GET', url: '/docs-json' })).json<OpenAPIObject>();
    const types = COMMENT_HEADER + astToString(await openapiTS(document as Parameters<typeof openapiTS>[0]));
    if (process.env['UPDATE_CLIENT'] === '1') await writeFile(CLIENT, types);
    expect((await readFile(CLIENT, 'utf8')) === types, `${CLIENT} is out of date`).toBe(true);
  });
});
