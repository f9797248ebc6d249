import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { startApp, type TestApp } from '../support/app.js';
import { breakingChanges, contentOf } from '../support/breaking-changes.js';
import { readDocuments } from '../support/documented-answers.js';

/** The documents of the last release. `npm run openapi:release` writes them. */
const RELEASED = new URL('../../openapi/released/', import.meta.url);
const fileOf = (name: string): URL => new URL(`${name}.json`, RELEASED);

/** The first version whose documents are kept. */
const FIRST_RELEASE = '0.2.0';
const MUST_WRITE = process.env['RELEASE_DOCUMENTS'] === '1';
/** Whether the version at hand is about to be released: its documents must be those that are kept. */
const IS_RELEASE = process.env['CHECK_RELEASE'] === '1';

let app: TestApp;
let documents: readonly OpenAPIObject[];
beforeAll(async () => {
  app = await startApp();
  documents = await readDocuments(app.nest);
});
afterAll(() => app.close());

describe('the OpenAPI documents of the last release', () => {
  it('exist, unless this is the first release', async () => {
    if (MUST_WRITE) await mkdir(RELEASED, { recursive: true });
    expect(existsSync(RELEASED) || documents[0].info.version === FIRST_RELEASE).toBe(true);
  });

  it.each(CONTRACTS.map(({ name }, i) => [name, i] as const))('still hold: %s', async (name, i) => {
    if (MUST_WRITE) {
      await writeFile(fileOf(name), await format(JSON.stringify(contentOf(documents[i])), { parser: 'json' }));
    }
    if (!existsSync(RELEASED)) return expect(documents[i].info.version).toBe(FIRST_RELEASE);
    const released = JSON.parse(await readFile(fileOf(name), 'utf8')) as OpenAPIObject;
    expect(breakingChanges(released, documents[i])).toEqual([]);
  });

  it.runIf(IS_RELEASE).each(CONTRACTS.map(({ name }, i) => [name, i] as const))(
    'are those of this version (npm run openapi:release): %s',
    async (name, i) => {
      expect(JSON.parse(await readFile(fileOf(name), 'utf8'))).toEqual(contentOf(documents[i]));
    },
  );
});

interface Loose {
  paths: Record<string, Record<string, object>>;
  components: { schemas: Record<string, LooseSchema> };
}

interface LooseSchema {
  required: string[];
  enum: string[];
  properties: Record<string, Record<string, unknown> & { enum: string[] }>;
}

describe('the search for breaking changes', () => {
  const changesAfter = (change: (document: Loose) => void): string[] => {
    const released = documents[CONTRACTS.indexOf(FALLBACK_CONTRACT)];
    const current = structuredClone(released);
    change(current as unknown as Loose);
    return breakingChanges(released, current);
  };

  it.each<[string, (document: Loose) => void]>([
    ['an operation that is gone', ({ paths }) => delete paths['/api/artists']['get']],
    [
      'a field that responses no longer have',
      ({ components }) => delete components.schemas['ArtistView'].properties['name'],
    ],
    [
      'a field of another type',
      ({ components }) => (components.schemas['ArtistView'].properties['name']['type'] = 'integer'),
    ],
    [
      'a field that requests must have',
      ({ components }) => components.schemas['CreateArtistDto'].required.push('status'),
    ],
    [
      'a shorter limit',
      ({ components }) => (components.schemas['CreateArtistDto'].properties['name']['maxLength'] = 10),
    ],
    [
      'an error code that is gone',
      ({ components }) => components.schemas['NotFoundError'].properties['code'].enum.pop(),
    ],
  ])('finds %s', (_, change) => {
    expect(changesAfter(change)).not.toEqual([]);
  });

  it.each<[string, (document: Loose) => void]>([
    ['nothing', () => undefined],
    ['another operation', ({ paths }) => (paths['/api/more'] = structuredClone(paths['/api/artists']))],
    [
      'another field of responses',
      ({ components }) => (components.schemas['ArtistView'].properties['more'] = { type: 'string', enum: [] }),
    ],
    [
      'a field that requests may have',
      ({ components }) => (components.schemas['CreateArtistDto'].properties['more'] = { type: 'string', enum: [] }),
    ],
    [
      'another error code',
      ({ components }) => components.schemas['NotFoundError'].properties['code'].enum.push('label_not_found'),
    ],
  ])('allows %s', (_, change) => {
    expect(changesAfter(change)).toEqual([]);
  });
});
