import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { type CodeHolder, insertCodeHolder } from '../support/code-holder.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

let app: TestApp;
let clock: TestClock;

beforeAll(async () => {
  clock = new TestClock();
  // The lock on wrong codes holds without rate limits too.
  app = await startApp({ clock, env: { RATE_LIMIT_ENABLED: 'false' } });
});
afterAll(() => app.close());

const someone = (): Promise<CodeHolder> => insertCodeHolder(app, clock);

const countOf = (answers: readonly string[], answer: string): number => answers.filter((one) => one === answer).length;
const wrongCodesOf = async ({ id }: CodeHolder): Promise<number> => {
  const [row] = await app.database.query<{ count: number }>(
    'SELECT cardinality(wrong_codes) AS count FROM totp_factors WHERE user_id = $1',
    [id],
  );
  return row.count;
};

describe('ACCOUNTS 44: a time step', () => {
  it('counts once: of 30 codes at once one is right, and none is counted', async () => {
    const holder = await someone();
    const code = holder.app.code();
    const answers = await Promise.all(Array.from({ length: 30 }, () => holder.try(code)));
    expect(countOf(answers, 'right')).toBe(1);
    expect(await wrongCodesOf(holder)).toBe(0);
    // No lock is left behind by the codes that were counted for a moment.
    clock.advance(30);
    expect(await holder.try(holder.app.code())).toBe('right');
  });

  it.each([
    [
      [0, -1, 1],
      ['right', 'second_factor_required', 'right'],
    ],
    [
      [1, 0, -1],
      ['right', 'second_factor_required', 'second_factor_required'],
    ],
    [
      [-1, 0, 1],
      ['right', 'right', 'right'],
    ],
    [[2], ['second_factor_required']],
    [[-2], ['second_factor_required']],
  ])('is accepted one before and one after the present, above the last one: %j', async (steps, expected) => {
    const holder = await someone();
    const answers: string[] = [];
    for (const step of steps) answers.push(await holder.try(holder.app.code(step)));
    expect(answers).toEqual(expected);
  });

  it('lets no one in twice when the clock is set two days on and back', async () => {
    const holder = await someone();
    const code = holder.app.code();
    expect(await holder.try(code)).toBe('right');
    clock.advance(2 * DAY);
    const later = holder.app.code();
    expect(await holder.try(code)).toBe('second_factor_required');
    expect(await holder.try(later)).toBe('right');
    clock.advance(-2 * DAY);
    expect(await holder.try(code)).toBe('second_factor_required');
    clock.advance(2 * DAY);
    expect(await holder.try(later)).toBe('second_factor_required');
  });
});

describe('wrong codes', () => {
  it('are free ten times; then each brings a lock twice as long as the one before, up to a day', async () => {
    const holder = await someone();
    for (let i = 0; i < 10; i++) expect(await holder.try(holder.app.wrongCode())).toBe('second_factor_required');
    const locks = [15, 30, 60, 120, 240, 480, 960, 1440, 1440];
    for (const minutes of locks) {
      expect(await holder.try(holder.app.wrongCode())).toBe('second_factor_required');
      clock.advance(minutes * MINUTE - 1);
      expect(await holder.try(holder.app.code())).toBe('rate_limited');
      clock.advance(1);
    }
    expect(await holder.try(holder.app.code())).toBe('right');
  });

  it('are not forgotten at a right one', async () => {
    const holder = await someone();
    for (let i = 0; i < 10; i++) await holder.try(holder.app.wrongCode());
    expect(await holder.try(holder.app.code())).toBe('right');
    expect(await wrongCodesOf(holder)).toBe(10);
    await holder.try(holder.app.wrongCode());
    clock.advance(30);
    expect(await holder.try(holder.app.code())).toBe('rate_limited');
  });

  it('are forgotten after seven days', async () => {
    const holder = await someone();
    for (let i = 0; i < 10; i++) await holder.try(holder.app.wrongCode());
    clock.advance(7 * DAY + 1);
    await holder.try(holder.app.wrongCode());
    expect(await holder.try(holder.app.code())).toBe('right');
    expect(await wrongCodesOf(holder)).toBe(1);
  });

  it('are not those that are missing or were accepted before', async () => {
    const holder = await someone();
    const code = holder.app.code();
    await holder.try(code);
    for (let i = 0; i < 12; i++) {
      expect(await holder.try(code)).toBe('second_factor_required');
      expect(await holder.try(undefined)).toBe('second_factor_required');
    }
    expect(await wrongCodesOf(holder)).toBe(0);
  });

  it('lock a login without a code too', async () => {
    const holder = await someone();
    for (let i = 0; i < 11; i++) await holder.try(holder.app.wrongCode());
    expect(await holder.try(undefined)).toBe('rate_limited');
  });
});

describe('ACCOUNTS 45: guesses with the right password', () => {
  it('are at most eleven of 200 at once', async () => {
    const holder = await someone();
    const answers = await Promise.all(Array.from({ length: 200 }, () => holder.try(holder.app.wrongCode())));
    expect(countOf(answers, 'second_factor_required')).toBe(11);
    expect(countOf(answers, 'rate_limited')).toBe(189);
  });
});
