import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REPEATED_MS, RepeatedErrors } from './repeated-errors.js';

const logged: unknown[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  logged.length = 0;
  Logger.overrideLogger({ log: () => undefined, warn: (line: unknown) => logged.push(line), error: () => undefined });
});
afterEach(() => {
  vi.useRealTimers();
  Logger.overrideLogger(false);
});

describe('RepeatedErrors', () => {
  it('lets the first error of a kind through and counts the others', () => {
    const repeated = new RepeatedErrors();
    expect(['a', 'a', 'a', 'b'].map((kind) => repeated.isFirst(kind))).toEqual([true, false, false, true]);
    vi.advanceTimersByTime(REPEATED_MS);
    expect(logged).toEqual([{ msg: 'More requests failed', code: 'a', requests: 2, seconds: 10 }]);
  });

  it('logs what it counted when the server ends, and nothing later', () => {
    const repeated = new RepeatedErrors();
    for (const kind of ['a', 'a', 'b']) repeated.isFirst(kind);
    vi.advanceTimersByTime(3000);
    repeated.close();
    vi.advanceTimersByTime(REPEATED_MS);
    expect(logged).toEqual([{ msg: 'More requests failed', code: 'a', requests: 1, seconds: 3 }]);
  });

  it('starts again once the time has passed', () => {
    const repeated = new RepeatedErrors();
    repeated.isFirst('a');
    vi.advanceTimersByTime(REPEATED_MS);
    expect(repeated.isFirst('a')).toBe(true);
    expect(logged).toEqual([]);
  });
});
