import { describe, expect, it } from 'vitest';
import { type Listed, planPage, toPage, totalAtEnd } from './page.js';

const ID = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';
const rows = (count: number): Listed[] =>
  Array.from({ length: count }, (_, i) => ({
    createdAt: new Date(Date.UTC(2026, 0, 1, 12, 0, 0, 999) - i * 1000),
    id: `01935c6e-8f3a-7d21-9b4c-${String(i).padStart(12, '0')}`,
  }));
const cursorOf = (text: string): string => Buffer.from(text).toString('base64url');

describe('a page', () => {
  it('is the first one by default', () => {
    expect(planPage({ size: 10 })).toEqual({ by: 'offset', offset: 0, size: 10, sort: 'newest', shape: '' });
  });

  it('has at most `size` rows, and a cursor while more follow', () => {
    const page = toPage(planPage({ size: 2, offset: 6 }), rows(3), 9);
    expect(page.items).toEqual(rows(2));
    expect(page).toMatchObject({ offset: 6, size: 2, totalCount: 9, nextCursor: expect.any(String) });
  });

  it.each([0, 1, 2])('has no cursor at the end, with %i rows left', (count) => {
    expect(toPage(planPage({ size: 2 }), rows(count), count).nextCursor).toBeNull();
  });

  it('has a cursor that leads to the row after its last one, to the millisecond', () => {
    const { nextCursor } = toPage(planPage({ size: 2 }), rows(3), 3);
    const [, { createdAt: key, id }] = rows(2) as [Listed, Listed];
    expect(planPage({ size: 5, cursor: nextCursor ?? '' })).toEqual({
      by: 'cursor',
      after: { rank: 0, key, id },
      size: 5,
      sort: 'newest',
      shape: '',
    });
  });

  it.each(['0001-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])(
    'has a cursor for a row of %s',
    (time) => {
      const createdAt = new Date(time);
      const { nextCursor } = toPage(
        planPage({ size: 1 }),
        rows(2).map((row) => ({ ...row, createdAt })),
        2,
      );
      expect(planPage({ size: 1, cursor: nextCursor ?? '' })).toMatchObject({ after: { key: createdAt } });
    },
  );

  it.each(['', 'a.b', '木', '𝔖'.repeat(512)])('has a cursor that holds the sort key “%s” and the rank', (sortKey) => {
    const list = { sort: 'name', q: 'x' } as const;
    const named = rows(2).map((row) => ({ ...row, sortKey, rank: 1 }));
    const { nextCursor } = toPage(planPage({ size: 1 }, list), named, 2);
    const plan = planPage({ size: 1, cursor: nextCursor ?? '' }, list);
    expect(plan).toMatchObject({ by: 'cursor', after: { rank: 1, key: sortKey, id: named[0]?.id } });
    expect(nextCursor).toMatch(/^[\w-]{1,4000}$/);
  });

  it('refuses a cursor of a list with another sort, search or filter, and no other', () => {
    const shapes = [{}, { sort: 'name' }, { q: 'a' }, { q: 'b' }, { status: 'a' }, { sort: 'name', q: 'a' }] as const;
    for (const of of shapes) {
      const { nextCursor } = toPage(planPage({ size: 1 }, of), rows(2), 2);
      for (const used of shapes) {
        const plan = (): unknown => planPage({ size: 2, cursor: nextCursor ?? '' }, { ...used, absent: undefined });
        if (used === of) expect(plan).not.toThrow();
        else expect(plan).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      }
    }
  });

  it('counts nothing when it was requested by cursor', () => {
    const plan = planPage({ size: 2, cursor: cursorOf(`.0.${ID}.1735732800999`) });
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
    ['no id', cursorOf('.0..1735732800999')],
    ['no time', cursorOf(`.0.${ID}.`)],
    ['SQL', cursorOf(`.0.${ID}.1' OR 1=1`)],
    ['an id in braces', cursorOf(`.0.{${ID}}.1`)],
    ['a time before the year 1', cursorOf(`.0.${ID}.-62135596800001`)],
    ['a time with an exponent', cursorOf(`.0.${ID}.1e9`)],
    ['a time beyond the calendar', cursorOf(`.0.${ID}.999999999999999`)],
    ['a time of 16 digits', cursorOf(`.0.${ID}.1735732800999000`)],
    ['another rank', cursorOf(`.2.${ID}.1735732800999`)],
    ['a tail', cursorOf(`.0.${ID}.1735732800999x`)],
    ['a null character', cursorOf(`.0.${ID}.1\0`)],
  ])('refuses a modified cursor: %s', (_, cursor) => {
    expect(() => planPage({ size: 2, cursor })).toThrow(
      expect.objectContaining({ code: 'invalid_request', fields: [expect.objectContaining({ field: 'cursor' })] }),
    );
  });
});
