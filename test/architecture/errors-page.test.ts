import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { ERROR_CODES } from '../../src/common/error-codes.js';
import { errorsPage } from '../../src/http/docs/errors-page.js';
import { mainFirst } from '../../src/http/output/contract.js';

const FILE = 'docs/errors.md';

describe('docs/errors.md', () => {
  const page = errorsPage(mainFirst(CONTRACTS, FALLBACK_CONTRACT));

  it('is up to date with the tables of errors (otherwise: npm run docs:errors)', async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(FILE, page);
    expect(await readFile(FILE, 'utf8')).toBe(page);
  });

  it('has a section for each error, which its row in the table links to', () => {
    for (const code of ERROR_CODES) {
      expect(page).toContain(`\n### ${code}\n`);
      expect(page).toContain(`](#${code}) |`);
    }
  });
});
