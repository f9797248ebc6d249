import { describe, expect, it } from 'vitest';
import { SettingsReader } from './settings-reader.js';

describe('a setting whose work is not built yet', () => {
  it('is refused when it is set to anything but its default', () => {
    const read = new SettingsReader({ FANCY: 'true' });
    expect(read.notBuiltYet('FANCY', read.boolean('FANCY', false), false)).toBe(false);
    expect(read.faults).toEqual(['FANCY is not built yet: leave it unset']);
  });

  it.each([{}, { FANCY: '' }, { FANCY: 'false' }])('is silent at its default: %o', (env) => {
    const read = new SettingsReader(env);
    read.notBuiltYet('FANCY', read.boolean('FANCY', false), false);
    expect(read.faults).toEqual([]);
  });

  it('has one fault where its text is wrong as well', () => {
    const read = new SettingsReader({ FANCY: 'perhaps' });
    read.notBuiltYet('FANCY', read.boolean('FANCY', false), false);
    expect(read.faults).toHaveLength(1);
  });
});
