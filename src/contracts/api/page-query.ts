import { invalidField } from '../../common/domain-error.js';
import type { PageRequest } from '../../common/page.js';
import { Field, QueryIntegerField, TextField } from '../edge/fields.js';

export const PAGE_MAX = 1_000_000;
const CURSOR = /^[A-Za-z0-9_-]{1,100}$/;

/** A place in a list, as an earlier answer gave it. */
export function CursorField(): PropertyDecorator {
  return Field({
    optional: true,
    accepts: (value) => typeof value === 'string' && CURSOR.test(value),
    otherwise: 'must be the nextCursor of an earlier answer',
    docs: {
      type: String,
      pattern: CURSOR.source,
      description: 'Goes on after an earlier answer: its `nextCursor`. Costs the same at any depth.',
      example: 'MTczMjM0NTY3ODkwMC4wMTkzNTQ4ZC0xYTJiLTdjM2QtOGU0Zi01YTZiN2M4ZDllMGY',
    },
  });
}

/** The page half of a list's query. */
export class PageQuery {
  @QueryIntegerField({
    min: 0,
    max: PAGE_MAX,
    description: 'The page, from 0. Not together with `cursor`.',
    example: 0,
  })
  page?: number;

  @QueryIntegerField({ min: 1, max: 100, description: 'How many to a page.', example: 10, preset: 10 })
  size: number = 10;

  @CursorField()
  cursor?: string;
}

export function toPageRequest({ page, size, cursor }: PageQuery): PageRequest {
  if (cursor === undefined) return { size, offset: (page ?? 0) * size };
  if (page !== undefined) throw invalidField('cursor', 'cursor and page cannot be used together');
  return { size, cursor };
}

/** The search half. */
export class SearchQuery extends PageQuery {
  @TextField({
    optional: true,
    max: 100,
    description: 'Part of a name, whatever its case; `%` and `_` mean themselves.',
    example: 'midnight',
  })
  q?: string;
}
