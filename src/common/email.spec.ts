import { describe, expect, it, vi } from 'vitest';
import { canonicalEmail, isEmail } from './email.js';

describe('canonicalEmail', () => {
  it.each([
    ['another case', 'John.DOE@Example.COM'],
    ['full-width letters (NFKC)', 'ｊｏｈｎ.doe@example.com'],
    ['a full-width domain', 'john.doe@ｅｘａｍｐｌｅ.com'],
  ])('canonicalizes %s', (_, spelling) => {
    expect(canonicalEmail(spelling)).toBe('john.doe@example.com');
  });

  it('gives composed and decomposed letters the same form', () => {
    const composed = 'jos\u00e9@example.com';
    const decomposed = 'jose\u0301@example.com';
    expect(canonicalEmail(decomposed)).toBe(composed);
    expect(canonicalEmail('JOSE\u0301@EXAMPLE.COM')).toBe(composed);
  });

  it.each(['ann@bücher.example', 'ann@BÜCHER.example', 'ann@bu\u0308cher.example', 'ann@xn--bcher-kva.example'])(
    'gives a domain and its punycode the same form: %s',
    (spelling) => {
      expect(canonicalEmail(spelling)).toBe('ann@bücher.example');
    },
  );

  it.each([
    ["o'brien+tag@sub.example.co", "o'brien+tag@sub.example.co"],
    ['a@b.io', 'a@b.io'],
    ['пример@почта.рф', 'пример@почта.рф'],
    ['x!#$%&*/=?^_`{|}~-@example.org', 'x!#$%&*/=?^_`{|}~-@example.org'],
  ])('accepts %s', (address, expected) => {
    expect(canonicalEmail(address)).toBe(expected);
  });

  it.each([
    ['no at sign', 'john.example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'john@'],
    ['a domain without a dot', 'john@localhost'],
    ['two at signs', 'john@doe@example.com'],
    ['a quoted local part', '"john doe"@example.com'],
    ['a quoted local part that needs no quotes', '"john"@example.com'],
    ['an address literal', 'john@[127.0.0.1]'],
    ['an IPv6 address literal', 'john@[IPv6:::1]'],
    ['a bare network address', 'john@127.0.0.1'],
    ['a leading dot', '.john@example.com'],
    ['a trailing dot', 'john.@example.com'],
    ['two dots', 'john..doe@example.com'],
    ['an empty label', 'john@example..com'],
    ['a domain that ends in a dot', 'john@example.com.'],
    ['a label that begins with a hyphen', 'john@-example.com'],
    ['a port', 'john@example.com:25'],
    ['a path', 'john@example.com/x'],
    ['a space', 'john doe@example.com'],
    ['a leading space', ' john@example.com'],
    ['a comment', 'john(x)@example.com'],
    ['a display name', 'John <john@example.com>'],
    ['a zero-width space', 'jo\u200bhn@example.com'],
    ['a zero-width joiner in the domain', 'john@exam\u200dple.com'],
    ['a soft hyphen', 'jo\u00adhn@example.com'],
    ['a byte order mark', '\ufeffjohn@example.com'],
    ['a right-to-left override', 'john\u202e@example.com'],
    ['a left-to-right mark', 'john@example.com\u200e'],
    ['a variation selector', 'john\ufe0f@example.com'],
    ['a Hangul filler', 'john\u3164@example.com'],
    ['a line break', 'john@example.com\r\nBcc: x@example.com'],
    ['a null character', 'jo\0hn@example.com'],
    ['a lone surrogate', 'jo\ud800hn@example.com'],
    ['an ideographic space', 'john\u3000@example.com'],
    ['a fraction in the domain', 'john@a¼b.example'],
    ['broken punycode', 'john@xn--a.example'],
  ])('rejects %s', (_, address) => {
    expect(canonicalEmail(address)).toBeUndefined();
    expect(isEmail(address)).toBe(false);
  });

  describe('limits in bytes (RFC 5321)', () => {
    const label = (length: number): string => 'd'.repeat(length);
    const domain = (length: number): string => `${label(63)}.${label(63)}.${label(length - 132)}.com`;

    it('accepts a local part of 64 bytes and rejects one of 65', () => {
      expect(isEmail(`${'a'.repeat(64)}@example.com`)).toBe(true);
      expect(isEmail(`${'a'.repeat(65)}@example.com`)).toBe(false);
      expect(isEmail(`${'é'.repeat(32)}@example.com`)).toBe(true);
      expect(isEmail(`${'é'.repeat(33)}@example.com`)).toBe(false);
    });

    it('accepts an address of 254 bytes and rejects one of 255', () => {
      const local = 'a'.repeat(64);
      expect(`${local}@${domain(189)}`).toHaveLength(254);
      expect(isEmail(`${local}@${domain(189)}`)).toBe(true);
      expect(isEmail(`${local}@${domain(190)}`)).toBe(false);
    });

    it('rejects a label of 64 bytes', () => {
      expect(isEmail(`a@${label(63)}.com`)).toBe(true);
      expect(isEmail(`a@${label(64)}.com`)).toBe(false);
    });

    it('rejects long strings of any shape', () => {
      expect(isEmail(`${'a.'.repeat(50_000)}@${'b.'.repeat(50_000)}`)).toBe(false);
      expect(isEmail('@'.repeat(100_000))).toBe(false);
    });

    it('rejects an overlong address before normalizing it, which takes quadratic time', () => {
      const normalize = vi.spyOn(String.prototype, 'normalize');
      try {
        const marks = '\u0301'.repeat(25_000) + '\u0323'.repeat(25_000);
        expect(isEmail(`a${marks}@x.co`)).toBe(false);
        expect(normalize).not.toHaveBeenCalled();
      } finally {
        normalize.mockRestore();
      }
    });

    it('measures the canonical form: 64 bytes of composed letters may be sent decomposed', () => {
      expect(isEmail(`${'\u1ed1'.repeat(21)}@example.com`)).toBe(true);
      expect(isEmail(`${'o\u0302\u0301'.repeat(21)}@example.com`)).toBe(true);
    });
  });

  it('is idempotent for every letter of a local part', () => {
    const unstable: string[] = [];
    for (let point = 0x80; point <= 0x1_ffff; point++) {
      const letter = String.fromCodePoint(point);
      for (const address of [`a${letter}b@example.com`, `a${letter}\u0301@example.com`]) {
        const once = canonicalEmail(address);
        if (once !== undefined && canonicalEmail(once) !== once) unstable.push(point.toString(16));
      }
    }
    expect(unstable).toEqual([]);
  });

  it('is idempotent for every letter of a domain', () => {
    const unstable: string[] = [];
    for (let point = 0x80; point <= 0xffff; point++) {
      const once = canonicalEmail(`a@b${String.fromCodePoint(point)}c.example`);
      if (once !== undefined && canonicalEmail(once) !== once) unstable.push(point.toString(16));
    }
    expect(unstable).toEqual([]);
  });

  it('gives an address and its upper case the same form, for every letter that round-trips', () => {
    const apart: string[] = [];
    for (let point = 0x80; point <= 0x1_ffff; point++) {
      const lower = String.fromCodePoint(point);
      const upper = lower.toUpperCase();
      // Letters such as ß become other letters in upper case; only those that round-trip are compared.
      if (upper === lower || upper.normalize('NFKC').toLowerCase() !== lower.normalize('NFKC')) continue;
      if (canonicalEmail(`a${upper}b@example.com`) !== canonicalEmail(`a${lower}b@example.com`)) {
        apart.push(point.toString(16));
      }
    }
    expect(apart).toEqual([]);
  });
});
