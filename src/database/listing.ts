import type { ObjectLiteral, Repository } from 'typeorm';
import { type Listed, type Page, type PagePlan, planPage, toPage, totalAtEnd } from '../common/page.js';
import type { Database } from './database.js';
import { COUNT, type Counted, countOf, rangeOf, rangeSql, type Source } from './list-source.js';
import { type Search, searchPage } from './search.js';
import { columnOf, selectList } from './select-list.js';

/** Which rows of an entity are listed. */
export interface Listing<Row extends ObjectLiteral> {
  readonly rows: Repository<Row>;
  /** Values that properties must have. An undefined one does not filter. */
  readonly where: Readonly<{ [Property in keyof Row]?: Row[Property] | undefined }>;
  /** More SQL conditions, by a name each. */
  readonly also?: Readonly<Record<string, string>>;
  readonly search?: Search | undefined;
  /** False: the total is never counted. */
  readonly counted?: boolean;
}

/** Rows of a page of {@link readAll}. */
const READ_SIZE = 500;

/** Reads one page of a listing, in the order of the plan. */
export async function readPage<Row extends ObjectLiteral & Listed>(
  database: Database,
  plan: PagePlan,
  { rows: { metadata }, where, also = {}, search, counted = true }: Listing<Row>,
): Promise<Page<Row>> {
  const values: unknown[] = [];
  const filters = Object.entries(where).filter(([, value]) => value !== undefined);
  const conditions = filters.map(([property, value]) => `${columnOf(metadata, property)} = $${values.push(value)}`);
  const table = metadata.tableName;
  const source: Source = {
    table,
    columns: selectList(metadata) + (plan.sort === 'name' ? ', "sort_key" AS "sortKey"' : ''),
    conditions: [...conditions, ...Object.values(also)].join(' AND ') || 'true',
    values,
  };
  if (search) return searchPage<Row>(database, plan, source, search);

  const names = [...filters.map(([property]) => property), ...Object.keys(also)];
  const by = names.length > 0 ? ` by ${names.join()}` : '';
  const range = rangeOf(plan);
  const { isAfter, order, cut, all } = rangeSql(plan.sort, range, values);
  const found = await database.prepared<Row>(
    `list ${table}${by} ${plan.sort} from ${plan.by}${plan.by === 'offset' && plan.offset === 0 ? ' 0' : ''}`,
    `SELECT ${source.columns} FROM ${table} WHERE ${source.conditions} AND ${isAfter} ORDER BY ${order} ${cut}`,
    all,
  );
  if (!counted || plan.by === 'cursor') return toPage(plan, found, null);
  const total =
    totalAtEnd(plan, found) ??
    countOf(
      await database.prepared<Counted>(
        `count ${table}${by}`,
        `SELECT ${COUNT} FROM ${table} WHERE ${source.conditions}`,
        values,
      ),
    );
  return toPage(plan, found, total);
}

/**
 * Reads all rows of a listing, newest first, a page at a time: the rows of one page are in memory. `beforePage` runs
 * before each page is read; where it throws, no further row is.
 */
export async function* readAll<Row extends ObjectLiteral & Listed>(
  database: Database,
  listing: Listing<Row>,
  beforePage: () => Promise<void>,
): AsyncGenerator<Row> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    await beforePage();
    const plan = planPage({ size: READ_SIZE, ...(cursor !== undefined && { cursor }) });
    const page: Page<Row> = await readPage(database, plan, { ...listing, counted: false });
    yield* page.items;
    cursor = page.nextCursor;
  }
}
