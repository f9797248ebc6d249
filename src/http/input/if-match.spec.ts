import { describe, expect, it } from 'vitest';
import { requiredVersions } from './if-match.js';

describe('requiredVersions', () => {
  it.each([[undefined], ['*'], [' * ']])('requires no version for %j', (header) => {
    expect(requiredVersions(header)).toBeUndefined();
  });

  it.each([
    ['"3"', [3]],
    ['"3", "12"', [3, 12]],
    [' "3" ,\t"12",', [3, 12]],
    ['"other", "3"', [3]],
    [`${' '.repeat(16_000)}"3"${' '.repeat(16_000)},"4"`, [3, 4]],
  ])('reads the versions of %.40s', (header, versions) => {
    expect(requiredVersions(header)).toEqual(versions);
  });

  it.each([
    '',
    '3',
    'W/"3"',
    '"03"',
    '"3',
    '"-3"',
    '"3.0"',
    '"1e3"',
    "'3'",
    '"*"',
    '*, "other"',
    `"${'9'.repeat(400)}"`,
  ])('reads none from %.40s, which then matches no version', (header) => {
    expect(requiredVersions(header)).toEqual([]);
  });
});
