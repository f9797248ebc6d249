import { describe, expect, it } from 'vitest';
import { readRateLimits } from './rate-limit-settings.js';
import { SettingsReader } from './settings-reader.js';

function problemsOf(value: string): readonly string[] {
  const read = new SettingsReader({ RATE_LIMITS: value });
  readRateLimits(read);
  return read.problems;
}

describe('readRateLimits', () => {
  it('allows windows as long as the longest timer of Node.js, and no longer', () => {
    const longest = Math.floor((2 ** 31 - 1) / 1000);
    expect(problemsOf(`sign-up:1/${longest}`)).toEqual([]);
    expect(problemsOf(`sign-up:1/${longest + 1}`)).toHaveLength(1);
  });

  it('changes the limits that are named, and no other', () => {
    const defaults = readRateLimits(new SettingsReader({}));
    expect(defaults['sign-up']).toEqual({ points: 100, duration: 3600 });
    expect(readRateLimits(new SettingsReader({ RATE_LIMITS: ' sign-up:1000/3600, api-key:1/1 ' }))).toEqual({
      ...defaults,
      'sign-up': { points: 1000, duration: 3600 },
      'api-key': { points: 1, duration: 1 },
    });
  });

  it.each([
    ['sign-up', 'malformed entry'],
    ['sign-up:1000', 'malformed entry'],
    ['sign-up:0/60', 'malformed entry'],
    ['sign-up:1/60;refresh:1/60', 'malformed entry'],
    ['signup:1/60', 'has an unknown limit, expected one of login-account'],
    ['toString:1/60', 'malformed entry'],
    ['sign-up:1/60,sign-up:2/60', 'lists a limit twice'],
    ['sign-up:1000001/60', 'at most 1000000 requests'],
    ['sign-up:1/2147484', 'at most 2147483 seconds'],
  ])('refuses %j', (value, problem) => {
    expect(problemsOf(value)).toEqual([expect.stringContaining(problem)]);
    expect(problemsOf(value)[0]).toMatch(/^RATE_LIMITS /);
  });
});
