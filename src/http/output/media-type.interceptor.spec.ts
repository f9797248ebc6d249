import { describe, expect, it } from 'vitest';
import { negotiate } from './media-type.interceptor.js';

const TYPES = ['application/json', 'application/vnd.example+json'];

describe('negotiate', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/vnd.example+json', 'application/vnd.example+json'],
    ['application/json ; charset=latin1', 'application/json'],
    ['application/json;q=0.1 ; charset="utf-8", application/vnd.example+json', 'application/vnd.example+json'],
    ['text/html;title="application/json,*/*", application/vnd.example+json', 'application/vnd.example+json'],
    ['text/html', undefined],
    [`a/b${' '.repeat(16_000)}x`, undefined],
    [`"${','.repeat(16_000)}*/*`, undefined],
  ])('of %.40s is %s', (accept, expected) => {
    expect(negotiate(accept, TYPES)).toBe(expected);
  });
});
