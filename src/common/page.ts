import { invalidField } from './domain-error.js';

/** Which part of a list is asked for: so many from a place on, counted from 0, or so many after an earlier answer's cursor. */
export interface PageRequest {
  readonly size: number;
  readonly offset?: number;
  /** Goes before `offset`. */
  readonly cursor?: string;
}

/** One part of a list, newest first. By cursor nothing is counted: `offset` and `totalCount` are null. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly offset: number | null;
  readonly size: number;
  readonly totalCount: number | null;
  readonly nextCursor: string | null;
}

/** A place in a list ordered by `createdAt`, then `id`, newest first. */
export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

/** How a service turns a page request into a query: skip so many rows, or start after a place. */
export type PagePlan =
  | { readonly by: 'offset'; readonly offset: number; readonly size: number }
  | { readonly by: 'cursor'; readonly after: Position; readonly size: number };

export function planPage(request: PageRequest): PagePlan {
  if (request.cursor === undefined) return { by: 'offset', offset: request.offset ?? 0, size: request.size };
  return { by: 'cursor', after: readCursor(request.cursor), size: request.size };
}

/**
 * Makes a page of `rows`, of which the query fetched one more than `size` so that the end is known without counting.
 */
export function toPage<T extends Position>(plan: PagePlan, rows: readonly T[], totalCount: number | null): Page<T> {
  const items = rows.slice(0, plan.size);
  const last = items.at(-1);
  return {
    items,
    offset: plan.by === 'offset' ? plan.offset : null,
    size: plan.size,
    totalCount,
    nextCursor: rows.length > plan.size && last ? writeCursor(last) : null,
  };
}

/** How many there are in all, where these rows (fetched as for {@link toPage}) reach the end; else they must be counted. */
export function totalAtEnd(plan: PagePlan, rows: readonly unknown[]): number | undefined {
  if (plan.by === 'cursor' || rows.length > plan.size) return undefined;
  return rows.length > 0 || plan.offset === 0 ? plan.offset + rows.length : undefined;
}

const CURSOR = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function writeCursor({ createdAt, id }: Position): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');
}

function readCursor(cursor: string): Position {
  const match = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  const createdAt = new Date(Number(match?.[1]));
  // PostgreSQL's calendar starts and ends elsewhere than JavaScript's; no row of ours is outside these four digits.
  if (!match?.[2] || Number.isNaN(createdAt.getTime()) || createdAt.getUTCFullYear() > 9999) {
    throw invalidField('cursor', 'cursor must be the nextCursor of an earlier answer');
  }
  return { createdAt, id: match[2] };
}
