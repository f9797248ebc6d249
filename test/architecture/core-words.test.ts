import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';

const ROOT = new URL('../../src/modules/', import.meta.url).pathname;
const FILES = (readdirSync(ROOT, { recursive: true }) as string[]).filter((file) => /(?<!\.spec)\.ts$/.test(file));

/** Words that only a contract says, so that one dialect never leaks into what all of them share. */
const WORDS: readonly (readonly [string, RegExp])[] = [
  ['a status code', /\b(?:20[0124]|30[1-8]|40[0-9]|41[0-8]|42[2-9]|431|50[0-5])\b(?!_)/],
  [
    'an HTTP exception or status',
    /\bHttp(?:Status|Exception)\b|\b(?:NotFound|BadRequest|Unauthorized|Forbidden|Conflict)Exception\b/,
  ],
  [
    'a response field',
    /\b(?:statusCode|access_token|refresh_token|expires_in|expiresIn|token_type|totalPages|error_code|error_type|total_results|artist_name|display_artist_name|release_date_time|id_type|totalCount\s*:\s*\{)\b/,
  ],
  ['a header of the answer', /['"`](?:retry-after|www-authenticate|cache-control|location|content-type)['"`]/i],
];

const prefixes = CONTRACTS.flatMap(({ paths }) => paths).map((path) => path.slice(1).replaceAll('/', '\\/'));
const URLS = new RegExp(`(?<![\\w.@/])\\/(?:${prefixes.join('|')}|health|docs|\\.well-known)(?![\\w-]*\\.js)\\b`);

describe('the core', () => {
  it('is there to be looked at', () => {
    expect(FILES.length).toBeGreaterThan(30);
  });

  it.each([
    ['a status code', 'throw new Refusal(404)'],
    ['an HTTP exception or status', 'throw new NotFoundException()'],
    ['a response field', 'return { expires_in: 3600 }'],
    ['a header of the answer', `reply.header('Retry-After', 5)`],
  ])('would be caught naming %s', (name, line) => {
    expect(WORDS.find(([word]) => word === name)?.[1].test(line)).toBe(true);
  });

  it.each([`'/api/artists'`, '/** as at /v1 */', '`${url}/auth`', '"/.well-known/jwks.json"'])(
    'would be caught naming a path: %s',
    (line) => {
      expect(URLS.test(line)).toBe(true);
    },
  );

  it.each(WORDS)('never names %s', (_, pattern) => {
    expect(linesWith(pattern)).toEqual([]);
  });

  it('never names a path of a contract', () => {
    expect(linesWith(URLS)).toEqual([]);
  });

  function linesWith(pattern: RegExp): string[] {
    return FILES.flatMap((file) =>
      readFileSync(ROOT + file, 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          pattern.test(line) && !line.startsWith('import ') ? [`${file}:${i + 1}: ${line.trim()}`] : [],
        ),
    );
  }
});
