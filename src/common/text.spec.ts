import { describe, expect, it } from 'vitest';
import { codePointCount, collapseSpace, hasVisibleCharacter, isCleanText, isUuid, trimSpace } from './text.js';

describe('text', () => {
  it('is measured in code points, so that a letter outside the basic plane counts once', () => {
    expect(codePointCount('')).toBe(0);
    expect(codePointCount('🎸𝔸é')).toBe(3);
  });

  it.each(['', 'John Doe', '名前 🎸', 'é', '\u200b', '%_\\'])('is clean without control characters: %j', (text) => {
    expect(isCleanText(text)).toBe(true);
  });

  it.each(['\0', 'a\nb', '\t', '\u007f', '\u0085', '\u009f', '\ud83d', '\udfb8x'])(
    'is refused with a control character or half a surrogate pair: %j',
    (text) => {
      expect(isCleanText(text)).toBe(false);
    },
  );

  it.each(['a', ' a ', '\u200ba', '.', '🎸', 'é', '\u0301a'])('is visible: %j', (text) => {
    expect(hasVisibleCharacter(text)).toBe(true);
  });

  it.each(['', ' ', '\u00a0\u3000', '\u200b\u200d\u2060', '\ufeff', '\u00ad', '\u3164', '\u2800', '\ufe0f', '\u115f'])(
    'has nothing to see: %j',
    (text) => {
      expect(hasVisibleCharacter(text)).toBe(false);
    },
  );

  it('is trimmed of every kind of space, but of no control character', () => {
    expect(trimSpace(' \u00a0\u3000a b\u2003 ')).toBe('a b');
    expect(trimSpace('\na\t')).toBe('\na\t');
  });

  it('has runs of spaces collapsed into one', () => {
    expect(collapseSpace('  John   \u00a0 Ronald\u3000Doe ')).toBe('John Ronald Doe');
  });

  it('keeps all spaces inside when it is trimmed, however many there are', () => {
    // An expression that starts over at each space would take minutes.
    expect(trimSpace(`a${' '.repeat(400_000)}b`)).toHaveLength(400_002);
  });
});

describe('isUuid', () => {
  it.each(['01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d', '01935C6E-8F3A-7D21-9B4C-5E6F7A8B9C0D'])('accepts %s', (text) => {
    expect(isUuid(text)).toBe(true);
  });

  it.each([
    '',
    '{01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d}',
    '01935c6e8f3a7d219b4c5e6f7a8b9c0d',
    '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d\n',
    ' 01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d',
    'g1935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d',
    '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d0',
  ])('refuses %j, although PostgreSQL might find the same row', (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
