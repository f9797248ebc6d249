import { describe, expect, it } from 'vitest';
import { passwordFault } from './password-policy.js';

const EMAIL = 'Johnathan.Doe@Example.com';
const fault = (password: string): string | undefined => passwordFault(password, EMAIL);

describe('SECURITY 1: a password that is chosen', () => {
  it.each([
    'quiet-Harbour-42',
    'zq7wmkfp',
    'ALL CAPS AND SPACES',
    'пароль и ещё слово',
    ' leads and trails ',
    '𝔭𝔞𝔰𝔰 🎸 word',
    '12345689q',
    'abcdefgi',
    'x'.repeat(127) + 'y',
  ])('needs no particular characters: %s', (password) => {
    expect(fault(password)).toBeUndefined();
  });

  it('is measured in code points, 8 to 128, and never cut off', () => {
    const letters = '🎸é字qz7w';
    expect(fault(letters)).toMatch(/at least 8/);
    expect(fault(`${letters}m`)).toBeUndefined();
    const long = `${'🎸é'.repeat(63)}q7`;
    expect(fault(long)).toBeUndefined();
    expect(fault(`${long}z`)).toMatch(/at most 128/);
  });

  it.each(['Johnathan.Doe@Example.com', 'johnathan.doe@example.com', 'johnathan.doe', 'JOHNATHAN.DOE'])(
    'is not the e-mail address or its local part: %s',
    (password) => {
      expect(fault(password)).toMatch(/e-mail/);
    },
  );

  it('may hold the e-mail address and more', () => {
    expect(fault('johnathan.doe!9')).toBeUndefined();
  });

  it.each(['password', 'PASSWORD1', 'iloveyou', 'Qwertyuiop', 'sunshine', 'football'])(
    'is not one of the most common ones, whatever its case: %s',
    (password) => {
      expect(fault(password)).toMatch(/most common/);
    },
  );

  it.each(['zzzzzzzz', 'ZzZzZzZz', '🎸🎸🎸🎸🎸🎸🎸🎸', 'xyxyxyxyxy', 'kqzkqzkqz', 'x'.repeat(128)])(
    'is not wholly one repeat: %s',
    (password) => {
      expect(fault(password)).toMatch(/repeat|common/);
    },
  );

  it.each(['efghijkl', 'LKJIHGFE', '3456789012', '54321098', 'абвгдежз'])(
    'is not wholly one sequence, up or down: %s',
    (password) => {
      expect(fault(password)).toMatch(/sequence|common/);
    },
  );

  it.each(['quiet\0harbour', 'quiet\nharbour', 'quiet\u0085harbour', 'quiet\ud800harbour'])(
    'holds no control character and no half of a surrogate pair: %j',
    (password) => {
      expect(fault(password)).toMatch(/control characters/);
    },
  );

  it.each(['ab'.repeat(63) + 'ac', 'a'.repeat(127) + 'b', 'abcabc'.repeat(21) + 'zz'])(
    'is not refused for being almost a repeat: %s',
    (password) => {
      expect(fault(password)).toBeUndefined();
    },
  );
});
