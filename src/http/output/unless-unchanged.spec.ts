import { describe, expect, it } from 'vitest';
import { hasEntityTag } from './unless-unchanged.js';

describe('hasEntityTag', () => {
  it.each(['"a"', 'W/"a"', '*', '"b", "a"', ' "b" ,\t"a" ', `"b"${' '.repeat(16_000)},"a"`])(
    'finds the tag in %.40s',
    (header) => {
      expect(hasEntityTag(header, '"a"')).toBe(true);
    },
  );

  it.each(['', '"b"', 'a', 'w/"a"', '"*"', `"a"${' '.repeat(16_000)}x`])('does not find it in %.40s', (header) => {
    expect(hasEntityTag(header, '"a"')).toBe(false);
  });
});
