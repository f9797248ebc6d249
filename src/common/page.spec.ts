import { describe, expect, it } from 'vitest';
import { planPage, toPage, totalAtEnd, type Position } from './page.js';

const ID = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';
const rows = (count: number): Position[] =>
  Array.from({ length: count }, (_, i) => ({
    createdAt: new Date(Date.UTC(2026, 0, 1, 12, 0, 0, 999) - i * 1000),
    id: `01935c6e-8f3a-7d21-9b4c-${String(i).padStart(12, '0')}`,
  }));
const cursorOf = (text: string): string => Buffer.from(text).toString('base64url');

describe('a page', () => {
  it('is the first one when nothing is asked', () => {
    expect(planPage({ size: 10 })).toEqual({ by: 'offset', offset: 0, size: 10 });
  });

  it('holds at most `size` rows and a cursor while there is more', () => {
    const page = toPage(planPage({ size: 2, offset: 6 }), rows(3), 9);
    expect(page.items).toEqual(rows(2));
    expect(page).toMatchObject({ offset: 6, size: 2, totalCount: 9, nextCursor: expect.any(String) });
  });

  it.each([0, 1, 2])('has no cursor at the end, where %i rows are left', (count) => {
    expect(toPage(planPage({ size: 2 }), rows(count), count).nextCursor).toBeNull();
  });

  it('brings a cursor that leads to the place right after its last row, to the millisecond', () => {
    const { nextCursor } = toPage(planPage({ size: 2 }), rows(3), 3);
    expect(planPage({ size: 5, cursor: nextCursor ?? '' })).toEqual({ by: 'cursor', after: rows(2)[1], size: 5 });
  });

  it('counts nothing when it was asked for by cursor', () => {
    const plan = planPage({ size: 2, cursor: cursorOf(`1735732800999.${ID}`) });
    expect(toPage(plan, rows(1), null)).toMatchObject({ offset: null, totalCount: null, nextCursor: null });
  });

  it.each([
    ['the rows end within it', 6, 2, 8],
    ['it is the first and empty', 0, 0, 0],
    ['more follows', 6, 3, undefined],
    ['it lies past the end', 6, 0, undefined],
  ])('knows the total without counting only where it reaches the end: %s', (_, offset, count, total) => {
    expect(totalAtEnd(planPage({ size: 2, offset }), rows(count))).toBe(total);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '***'],
    ['another text', cursorOf('hello')],
    ['no id', cursorOf('1735732800999.')],
    ['no time', cursorOf(`.${ID}`)],
    ['SQL', cursorOf(`1.${ID}' OR 1=1`)],
    ['an id in braces', cursorOf(`1.{${ID}}`)],
    ['a negative time', cursorOf(`-1.${ID}`)],
    ['a time with an exponent', cursorOf(`1e9.${ID}`)],
    ['a time beyond the calendar', cursorOf(`999999999999999.${ID}`)],
    ['a time of 16 digits', cursorOf(`1735732800999000.${ID}`)],
    ['a tail', cursorOf(`1735732800999.${ID}x`)],
    ['a null character', cursorOf(`1.${ID}\0`)],
  ])('refuses a cursor that was tampered with: %s', (_, cursor) => {
    expect(() => planPage({ size: 2, cursor })).toThrow(
      expect.objectContaining({ code: 'invalid_request', fields: [expect.objectContaining({ field: 'cursor' })] }),
    );
  });
});
