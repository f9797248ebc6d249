import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('docs/security.md', 'utf8');
const ROWS = PAGE.split('\n').filter((line) => /^\| \d+ \|/.test(line));

describe('the table of docs/security.md', () => {
  it('holds every promise once, in order', () => {
    const numbers = ROWS.map((row) => Number(/\d+/.exec(row)?.[0]));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.slice(0, 32)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
  });

  it.each(ROWS)('names tests that are there: %s', (row) => {
    const files = [...row.matchAll(/`((?:test|src)\/[^` ]*)`/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const name = /-t '([^']+)'/.exec(row)?.[1];
    if (name === undefined) return;
    expect(files.filter((file) => !readFileSync(file, 'utf8').includes(name))).toEqual([]);
  });
});
