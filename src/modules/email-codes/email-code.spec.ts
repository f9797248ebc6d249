import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeCode, parseCode, showCode } from './email-code.js';

describe('a code', () => {
  it('holds the first 60 bits in order', () => {
    expect(encodeCode(Buffer.from('0000000000000000', 'hex'))).toBe('000000000000');
    expect(encodeCode(Buffer.from('ffffffffffffffff', 'hex'))).toBe('ZZZZZZZZZZZZ');
    expect(encodeCode(Buffer.from('0000000000000010', 'hex'))).toBe('000000000001');
    expect(encodeCode(Buffer.from('0800000000000000', 'hex'))).toBe('100000000000');
    expect(encodeCode(Buffer.from('000000000000000f', 'hex'))).toBe('000000000000');
  });

  it('is read back from how it is shown', () => {
    for (let i = 0; i < 200; i++) {
      const code = encodeCode(randomBytes(32));
      expect(showCode(code)).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      expect(parseCode(showCode(code))).toBe(code);
    }
  });

  it.each(['0A1B-C1D0-EF2G', '0a1bc1d0ef2g', ' oAiB-clDO ef2g ', 'O-A-L-B-C-I-D-0-E-F-2-G', '0A1B\tC1D0\nEF2G'])(
    'is read as people type it: %j',
    (typed) => {
      expect(parseCode(typed)).toBe('0A1BC1D0EF2G');
    },
  );

  it.each([
    '',
    '0A1B-C1D0-EF2',
    '0A1B-C1D0-EF2GH',
    '0A1B-C1D0-EF2U',
    '0A1B_C1D0_EF2G',
    '０A1BC1D0EF2G',
    'ıA1BC1D0EF2G',
  ])('is not read from %j', (typed) => {
    expect(parseCode(typed)).toBeUndefined();
  });
});
