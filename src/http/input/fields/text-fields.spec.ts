import { describe, expect, it } from 'vitest';
import { readBody, refusedFields } from '../../../../test/support/input.js';
import { FullNameField } from './text-fields.js';

class Named {
  @FullNameField()
  name!: string;
}

describe('FullNameField', () => {
  it.each([
    ['one letter', 'Q', 'Q'],
    ['several words', 'Ludwig van Beethoven', 'Ludwig van Beethoven'],
    ['space around it and runs of spaces', '  Ada \u00a0  Lovelace\u3000', 'Ada Lovelace'],
    ['markup and emoji', 'R2-D2 <b>&amp; 😀', 'R2-D2 <b>&amp; 😀'],
    ['other scripts', '山田 太郎', '山田 太郎'],
    ['marks of direction', 'שלום\u200f a\u200eb', 'שלום\u200f a\u200eb'],
    ['101 characters', `${'x'.repeat(50)} ${'y'.repeat(50)}`, `${'x'.repeat(50)} ${'y'.repeat(50)}`],
    ['101 characters outside the basic plane', `😀 ${'😀'.repeat(99)}`, `😀 ${'😀'.repeat(99)}`],
  ])('accepts %s', async (_, name, read) => {
    expect(await readBody(Named, { name })).toEqual({ name: read });
  });

  it.each([
    ['an empty string', ''],
    ['spaces', '   '],
    ['zero-width characters', '\u200b\u200d\ufeff'],
    ['spaces and zero-width characters', ' \u200b \u2060 '],
    ['102 characters', 'x'.repeat(102)],
    ['a NUL', 'John\u0000Doe'],
    ['a line break', 'John\nDoe'],
    ['a trailing tab', 'John Doe\t'],
    ['a C1 control', 'John\u0085Doe'],
    ['a lone surrogate', 'John \ud800'],
    ['an embedding of direction', 'John \u202aDoe'],
    ['an override of direction', 'John \u202eDoe'],
    ['an isolate of direction', 'John \u2066Doe\u2069'],
    ['a number', 7],
    ['a list', ['John']],
    ['an object', { first: 'John' }],
    ['null', null],
    ['no value', undefined],
  ])('refuses %s', async (_, name) => {
    expect(await refusedFields(Named, { name })).toEqual(['name']);
  });
});
