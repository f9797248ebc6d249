import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../common/clock.js';
import { nextAttemptAt } from './retry-schedule.js';

const NOW = new Date('2026-01-01T12:00:00.000Z');
const LATE = addSeconds(NOW, 1_000_000);

describe('nextAttemptAt', () => {
  it('grows from at most 30 seconds to 15 minutes', () => {
    const pauses = Array.from({ length: 8 }, (_, i) => {
      const next = nextAttemptAt(NOW, i + 1, LATE);
      return next && (next.getTime() - NOW.getTime()) / 1000;
    });
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 900, 900]);
    expect(nextAttemptAt(NOW, 5000, LATE)).toEqual(addSeconds(NOW, 900));
  });

  it('leaves no attempt for the time when the message is given up, or later', () => {
    expect(nextAttemptAt(NOW, 1, addSeconds(NOW, 21))).toEqual(addSeconds(NOW, 20));
    expect(nextAttemptAt(NOW, 1, addSeconds(NOW, 20))).toBeUndefined();
  });
});
