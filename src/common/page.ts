import { createHash } from 'node:crypto';
import { invalidField } from './domain-error.js';
import { isCleanText, isUuid } from './text.js';

/** Which part of a list is requested: `size` items from `offset`, counted from 0, or after a cursor of an earlier response. */
export interface PageRequest {
  readonly size: number;
  readonly offset?: number;
  /** Takes precedence over `offset`. */
  readonly cursor?: string;
}

/** `newest`: by `createdAt`, then `id`, newest first. `name`: by `sortKey` in the order of code points, then `id`. */
export type SortOrder = 'newest' | 'name';

/** One part of a list. With a cursor nothing is counted: `offset` and `totalCount` are null. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly offset: number | null;
  readonly size: number;
  readonly totalCount: number | null;
  readonly nextCursor: string | null;
  /** Of a look-up: the ids that were not found, as they were given. */
  readonly notFound?: readonly string[];
}

/** A row of a list. */
export interface Listed {
  readonly id: string;
  readonly createdAt: Date;
  /** Needed where the list is sorted by name. */
  readonly sortKey?: string | undefined;
  /** Where a search puts some rows first: 0 for these, 1 for the others. */
  readonly rank?: number;
}

/** The place of a row in its list: after all rows of a lower rank, then by the value that the list is sorted by. */
export interface Position {
  readonly rank: number;
  readonly key: string | Date;
  readonly id: string;
}

interface ListPlan {
  readonly size: number;
  readonly sort: SortOrder;
  /** Identifies the sorting, search and filters of the list; empty for all rows, newest first. */
  readonly shape: string;
}

/** How a page is queried: by skipping rows, or from after a position. */
export type PagePlan =
  | (ListPlan & { readonly by: 'offset'; readonly offset: number })
  | (ListPlan & { readonly by: 'cursor'; readonly after: Position });

/**
 * `sort` and `filters` (a search is one of them) become part of every cursor of the list.
 * @throws DomainError `invalid_request` for a cursor of a list that is sorted, searched or filtered otherwise
 */
export function planPage(
  { size, offset = 0, cursor }: PageRequest,
  { sort = 'newest', ...filters }: { readonly sort?: SortOrder; readonly [filter: string]: string | undefined } = {},
): PagePlan {
  const list = { size, sort, shape: shapeOf(sort, filters) };
  return cursor === undefined
    ? { ...list, by: 'offset', offset }
    : { ...list, by: 'cursor', after: readCursor(cursor, list) };
}

function shapeOf(sort: SortOrder, filters: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries({ ...filters, sort: sort === 'newest' ? undefined : sort });
  const given = parts.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return given.length === 0 ? '' : createHash('sha256').update(JSON.stringify(given)).digest('hex').slice(0, 16);
}

/**
 * Makes a page of `rows`. The query fetched one row more than `size`, which shows whether more follow.
 */
export function toPage<T extends Listed>(plan: PagePlan, rows: readonly T[], totalCount: number | null): Page<T> {
  const items = rows.slice(0, plan.size);
  const last = items.at(-1);
  return {
    items,
    offset: plan.by === 'offset' ? plan.offset : null,
    size: plan.size,
    totalCount,
    nextCursor: rows.length > plan.size && last ? writeCursor(plan, last) : null,
  };
}

/** The total count if these rows (fetched as for {@link toPage}) reach the end; otherwise undefined: count them. */
export function totalAtEnd(plan: PagePlan, rows: readonly unknown[]): number | undefined {
  if (plan.by === 'cursor' || rows.length > plan.size) return undefined;
  return rows.length > 0 || plan.offset === 0 ? plan.offset + rows.length : undefined;
}

const CURSOR = /^([0-9a-f]*)\.([01])\.([0-9a-f-]{36})\.(.*)$/su;

function writeCursor({ sort, shape }: ListPlan, { id, createdAt, sortKey = '', rank = 0 }: Listed): string {
  const key = sort === 'newest' ? createdAt.getTime() : sortKey;
  return Buffer.from(`${shape}.${rank}.${id}.${key}`).toString('base64url');
}

function readCursor(cursor: string, { sort, shape }: ListPlan): Position {
  const [, of, rank, id = '', text = ''] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const key = sort === 'newest' ? readTime(text) : text;
  if (of === undefined || key === undefined || !isUuid(id) || !isCleanText(text)) {
    throw invalidField({
      field: 'cursor',
      code: 'format',
      message: 'cursor must come from an earlier response',
    });
  }
  if (of !== shape) {
    throw invalidField({
      field: 'cursor',
      code: 'not_allowed',
      message: 'cursor belongs to a list with another sort, q or filter',
    });
  }
  return { rank: Number(rank), key, id };
}

function readTime(text: string): Date | undefined {
  const time = new Date(/^-?\d{1,15}$/.test(text) ? Number(text) : NaN);
  // PostgreSQL's dates have another range than JavaScript's; every row is within the years 1 to 9999.
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time : undefined;
}
