import { describe, expect, it } from 'vitest';
import { passwordProblem } from './password-policy.js';

const EMAIL = 'Johnathan.Doe@Example.com';
const problem = (password: string): string | undefined => passwordProblem(password, EMAIL)?.message;

describe('SECURITY 1: a chosen password', () => {
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
    expect(problem(password)).toBeUndefined();
  });

  it('has 8 to 128 code points and is never truncated', () => {
    const letters = '🎸é字qz7w';
    expect(problem(letters)).toMatch(/at least 8/);
    expect(problem(`${letters}m`)).toBeUndefined();
    const long = `${'🎸é'.repeat(63)}q7`;
    expect(problem(long)).toBeUndefined();
    expect(problem(`${long}z`)).toMatch(/at most 128/);
  });

  it.each(['Johnathan.Doe@Example.com', 'johnathan.doe@example.com', 'johnathan.doe', 'JOHNATHAN.DOE'])(
    'is not the e-mail address or its local part: %s',
    (password) => {
      expect(problem(password)).toMatch(/e-mail/);
    },
  );

  it('is judged in the form that is hashed', () => {
    expect(problem('\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44')).toMatch(/most common/);
  });

  it('may contain the local part and more', () => {
    expect(problem('johnathan.doe!9')).toBeUndefined();
  });

  it.each(['password', 'PASSWORD1', 'iloveyou', 'Qwertyuiop', 'sunshine', 'football'])(
    'is not one of the most common, in any case: %s',
    (password) => {
      expect(problem(password)).toMatch(/most common/);
    },
  );

  it.each(['zzzzzzzz', 'ZzZzZzZz', '🎸🎸🎸🎸🎸🎸🎸🎸', 'xyxyxyxyxy', 'kqzkqzkqz', 'x'.repeat(128)])(
    'is not entirely a repetition: %s',
    (password) => {
      expect(problem(password)).toMatch(/repeated|common/);
    },
  );

  it.each(['efghijkl', 'LKJIHGFE', '3456789012', '54321098', 'абвгдежз'])(
    'is not entirely a sequence, ascending or descending: %s',
    (password) => {
      expect(problem(password)).toMatch(/sequence|common/);
    },
  );

  it.each(['quiet\0harbour', 'quiet\nharbour', 'quiet\u0085harbour', 'quiet\ud800harbour'])(
    'contains no control character and no lone surrogate: %j',
    (password) => {
      expect(problem(password)).toMatch(/control characters/);
    },
  );

  it.each(['ab'.repeat(63) + 'ac', 'a'.repeat(127) + 'b', 'abcabc'.repeat(21) + 'zz'])(
    'may be almost a repetition: %s',
    (password) => {
      expect(problem(password)).toBeUndefined();
    },
  );
});
