import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPEN } from '../architecture/access-table.js';
import { describeAccess } from '../support/access.js';
import { startApp, type TestApp } from '../support/app.js';
import { apiKey, bearer } from '../support/http-client.js';

// Those of users take as long as all others, so they have a file of their own.
describeAccess((route) => !route.includes(' /api/users'));

describe('an open route', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  describe.each(OPEN.filter((route) => !route.includes('*')))('%s', (route) => {
    const [method, url] = route.split(' ') as [string, string];

    it.each([
      ['nobody', {}],
      ['a bad token', bearer('x.y.z')],
      ['a bad key', apiKey('sk_live_x')],
    ])('asks nobody who they are: %s', async (_, headers) => {
      expect([200, 404]).toContain((await app.http.call(method, url, { headers })).status);
    });
  });
});
