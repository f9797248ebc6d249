import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/api-answers.js';
import { startApp, type TestApp } from '../support/app.js';

const SERVED = [
  '/docs',
  '/docs/',
  '/docs/index.html',
  '/docs/swagger-ui.css',
  '/docs/guide',
  '/docs/errors',
  '/docs/backends',
  '/docs-json',
  '/docs-yaml',
  '/docs/v1-json',
  '/openapi/api.json',
  '/openapi/feed.yaml',
];

const hex = (letter: string): string => `%${letter.charCodeAt(0).toString(16)}`;

describe('the documentation', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it.each(SERVED)('%s is served in its plain spelling only', async (path) => {
    expect((await app.http.get(path)).status).toBe(200);
    for (const encoded of [path.replace(/[do]/, hex), path.replace(/[sn]/g, hex)]) {
      expect(encoded).not.toBe(path);
      expectRefusal(await app.http.get(encoded), 404, 'route_not_found');
    }
  });
});

describe('with DOCS_ENABLED=false', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { DOCS_ENABLED: 'false' } });
  });
  afterAll(() => app.close());

  it.each([...SERVED, '/docs/api-v1-json', '/openapi/api-v1.json'])('%s is 404, as any unknown path', async (path) => {
    expectRefusal(await app.http.get(path), 404, 'route_not_found');
  });

  it('the API is served all the same', async () => {
    expect((await app.http.get('/health/ready')).status).toBe(200);
  });
});
