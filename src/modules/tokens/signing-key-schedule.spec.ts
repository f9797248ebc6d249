import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../common/clock.js';
import {
  endOf,
  isNextKeyDue,
  KEY_SET_MAX_AGE_SECONDS,
  PUBLICATION_LEAD_SECONDS,
  RELOAD_INTERVAL_SECONDS,
  ROTATION_PERIOD_SECONDS,
  signingKeyAt,
} from './signing-key-schedule.js';

const START = new Date('2026-01-01T00:00:00.000Z');
const key = (kid: string, seconds: number) => ({ kid, signsFrom: addSeconds(START, seconds) });
const at = (seconds: number): Date => addSeconds(START, seconds);

describe('the schedule of signing keys', () => {
  it('publishes a key for longer than two reloads and a kept key set take, before it signs', () => {
    expect(PUBLICATION_LEAD_SECONDS).toBeGreaterThan(2 * RELOAD_INTERVAL_SECONDS + KEY_SET_MAX_AGE_SECONDS);
  });

  it('signs with the key whose time began last', () => {
    const keys = [key('b', 100), key('a', 0), key('c', 200)];
    expect([0, 99, 100, 199, 200, 9999].map((s) => signingKeyAt(keys, at(s))?.kid)).toEqual([
      'a',
      'a',
      'b',
      'b',
      'c',
      'c',
    ]);
  });

  it('signs with the first key when the clock was set back to before any', () => {
    expect(signingKeyAt([key('b', 100), key('a', 50)], at(-7200))?.kid).toBe('a');
    expect(signingKeyAt([], at(0))).toBeUndefined();
  });

  it('picks the same key everywhere when two begin at one instant', () => {
    expect(signingKeyAt([key('a', 0), key('b', 0)], at(0))).toEqual(signingKeyAt([key('b', 0), key('a', 0)], at(0)));
  });

  it('keeps a key until the longest token that it can have signed expires, and the newest forever', () => {
    const [old, successor] = [key('a', 0), key('b', 1000)];
    const end = endOf(old, [successor, old], 86_400)?.getTime() ?? 0;
    expect(end).toBeGreaterThan(at(1000 + 86_400).getTime());
    expect(end).toBeLessThanOrEqual(at(1000 + 86_400 + 60).getTime());
    expect(endOf(successor, [successor, old], 86_400)).toBeUndefined();
  });

  it('makes the next key once, in time for it to sign at the end of the period', () => {
    const due = ROTATION_PERIOD_SECONDS - PUBLICATION_LEAD_SECONDS;
    expect(isNextKeyDue([], START)).toBe(true);
    expect(isNextKeyDue([key('a', 0)], at(due - 1))).toBe(false);
    expect(isNextKeyDue([key('a', 0)], at(due))).toBe(true);
    expect(isNextKeyDue([key('a', 0), key('b', due + PUBLICATION_LEAD_SECONDS)], at(due))).toBe(false);
  });
});
