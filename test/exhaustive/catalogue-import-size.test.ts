import { it } from 'vitest';
import { startApp } from '../support/app.js';
import { expectImportTwice } from '../support/large-import.js';

it('CATALOGUE 6: 10,000 lines with 100 bad ones are answered in order, and change nothing the second time', async () => {
  const app = await startApp();
  try {
    await expectImportTwice(app, 10_000);
  } finally {
    await app.close();
  }
});
