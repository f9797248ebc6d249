import type { PagePlan, Position, SortOrder } from '../common/page.js';

/** A listing as SQL. */
export interface Source {
  readonly table: string;
  readonly columns: string;
  /** True for the rows that are listed. */
  readonly conditions: string;
  /** The values of the placeholders in the conditions. */
  readonly values: readonly unknown[];
}

export const COUNT = 'count(*)::int AS count';

export interface Counted {
  readonly count: number;
}

export const countOf = (rows: readonly Partial<Counted>[]): number => rows[0]?.count ?? 0;

/** Which rows of an ordered list are read. */
export interface Range {
  readonly after?: Position | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The rows of a plan, and one more. */
export function rangeOf(plan: PagePlan): Range {
  const limit = plan.size + 1;
  return plan.by === 'cursor' ? { after: plan.after, offset: 0, limit } : { offset: plan.offset, limit };
}

/** The parts of a statement that reads a range, and all of its values, of which `before` has the first. */
export function rangeSql(
  sort: SortOrder,
  { after, offset, limit }: Range,
  before: readonly unknown[],
): { readonly isAfter: string; readonly order: string; readonly cut: string; readonly all: readonly unknown[] } {
  const all = [...before];
  const given = (value: unknown): string => `$${all.push(value)}`;
  const [column, direction, follows] = sort === 'newest' ? ['created_at', 'DESC', '<'] : ['sort_key', 'ASC', '>'];
  return {
    isAfter: after ? `(${column}, id) ${follows} (${given(after.key)}, ${given(after.id)})` : 'true',
    order: `${column} ${direction}, id ${direction}`,
    cut: `LIMIT ${given(limit)}${offset > 0 ? ` OFFSET ${given(offset)}` : ''}`,
    all,
  };
}
