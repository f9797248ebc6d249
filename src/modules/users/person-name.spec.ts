import { describe, expect, it } from 'vitest';
import { fullName, splitName } from './person-name.js';

describe('a name', () => {
  it.each([
    ['John Doe', 'John', 'Doe'],
    ['John', 'John', ''],
    ['  John   Ronald  Reuel ', 'John', 'Ronald Reuel'],
    ['José\u00a0María Ñandú', 'José', 'María Ñandú'],
    ['名前', '名前', ''],
  ])('%j splits at the first space', (name, firstName, lastName) => {
    expect(splitName(name)).toEqual({ firstName, lastName });
  });

  it.each(['John Doe', 'John', 'John Ronald Reuel'])('%j comes back whole from its parts', (name) => {
    expect(fullName(splitName(name))).toBe(name);
  });
});
