import { describe, expect, it } from 'vitest';
import { readRateLimits } from './rate-limit-settings.js';
import { SettingsReader } from './settings-reader.js';

function problemsOf(value: string): readonly string[] {
  const read = new SettingsReader({ RATE_LIMITS: value });
  readRateLimits(read);
  return read.problems;
}

describe('readRateLimits', () => {
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
    ['sign-up', 'a list such as'],
    ['sign-up:1000', 'a list such as'],
    ['sign-up:0/60', 'a list such as'],
    ['sign-up:1/60;refresh:1/60', 'a list such as'],
    ['signup:1/60', 'must use one of the names login-account'],
    ['toString:1/60', 'a list such as'],
    ['sign-up:1/60,sign-up:2/60', 'each limit once'],
    ['sign-up:1000001/60', 'at most 1000000 requests'],
    ['sign-up:1/2592001', 'at most 2592000 seconds'],
  ])('refuses %j', (value, problem) => {
    expect(problemsOf(value)).toEqual([expect.stringContaining(problem)]);
    expect(problemsOf(value)[0]).toMatch(/^RATE_LIMITS /);
  });
});
