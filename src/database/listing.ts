import { type Page, type PagePlan, type Position, toPage, totalAtEnd } from '../common/page.js';
import type { OpenDatabase } from './open-database.js';
import { queryPrepared } from './prepared.js';

/** Which rows of which table are listed. All but `values` is SQL, written in the code and never input. */
export interface Listing {
  readonly table: string;
  /** What is read of each row: `id` and `"createdAt"` among it. */
  readonly columns: string;
  /** What holds of them, joined by AND. */
  readonly conditions: readonly string[];
  readonly search?: Search | undefined;
  /** What the placeholders stand for. */
  readonly values: readonly unknown[];
}

/** One of the texts contains the part, whatever its case. */
export interface Search {
  /** Each has an index of its `search_parts`. */
  readonly texts: readonly string[];
  /** A placeholder. In what it stands for, every character means itself. */
  readonly part: string;
}

/** So many are found in one pass. */
const FEW_MAX = 10_000;

interface Counted {
  readonly count: number;
}

const COUNT = 'count(*)::int AS count';

/**
 * Reads one page of a listing, newest first.
 *
 * A search has an index that holds, of every place in a text, the five letters from there on (see the migration
 * ArtistSearchParts). Up to ten thousand rows are found by it in one pass, page and count together. Of more, the newest
 * are read one after the other, and all rows are looked at to count them.
 * @throws what `pg` throws, and the pool's timeouts
 */
export async function readPage<Row extends Position>(
  database: OpenDatabase,
  plan: PagePlan,
  listing: Listing,
): Promise<Page<Row>> {
  const { table, columns, conditions, search, values } = listing;
  const where = ['true', ...conditions, ...(search ? [anyOf(search, contains)] : [])].join(' AND ');
  const indexed = search ? `${where} AND ${anyOf(search, mayContain)}` : where;
  if (search && plan.by === 'offset') {
    const few = await findFew<Row>(database, plan, listing, indexed);
    if (few) return few;
  }
  // How a search is best done depends on what is searched for: it is planned each time.
  const ask = <Asked extends object>(text: string, given: unknown[]): Promise<Asked[]> =>
    search ? database.dataSource.query<Asked[]>(text, given) : queryPrepared<Asked>(database, text, given);
  const [page, paged] = pageOf(plan, values);
  const asked = plan.by === 'cursor' ? indexed : where;
  const rows = await ask<Row>(`SELECT ${columns} FROM ${table} WHERE ${asked} ${page}`, paged);
  const count = async (): Promise<number> => {
    const [row] = await ask<Counted>(`SELECT ${COUNT} FROM ${table} WHERE ${where}`, [...values]);
    return row?.count ?? 0;
  };
  return toPage(plan, rows, plan.by === 'cursor' ? null : (totalAtEnd(plan, rows) ?? (await count())));
}

/** Undefined where there are more than a few. */
async function findFew<Row extends Position>(
  { dataSource }: OpenDatabase,
  plan: PagePlan & { by: 'offset' },
  { table, columns, values }: Listing,
  indexed: string,
): Promise<Page<Row> | undefined> {
  const few = `WITH found AS MATERIALIZED (SELECT * FROM ${table} WHERE ${indexed} LIMIT ${FEW_MAX + 1})`;
  const [page, paged] = pageOf(plan, values);
  const rows = await dataSource.query<(Row & Counted)[]>(
    `${few} SELECT ${columns}, (SELECT ${COUNT} FROM found) FROM found WHERE true ${page}`,
    paged,
  );
  // A page beyond the end has no row that could bring the count along.
  const [counted] =
    rows.length > 0 || plan.offset === 0
      ? rows
      : await dataSource.query<Counted[]>(`${few} SELECT ${COUNT} FROM found`, [...values]);
  const count = counted?.count ?? 0;
  return count > FEW_MAX ? undefined : toPage(plan, rows, count);
}

function anyOf({ texts, part }: Search, condition: (text: string, part: string) => string): string {
  return `(${texts.map((text) => condition(text, part)).join(' OR ')})`;
}

/** SQL: whether `text` contains `part`. */
export function contains(text: string, part: string): string {
  return `strpos(lower(${text}), lower(${part})) > 0`;
}

/** SQL for the index: true wherever {@link contains} is, and seldom elsewhere. */
export function mayContain(text: string, part: string): string {
  return `search_parts(${text}) @@ search_for(${part})`;
}

/** How a statement ends, after its conditions, that reads a page and one row more; and all of its values. */
function pageOf(plan: PagePlan, asked: readonly unknown[]): [end: string, values: unknown[]] {
  const values = [...asked];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const after =
    plan.by === 'cursor' ? `AND (created_at, id) < (${given(plan.after.createdAt)}, ${given(plan.after.id)})` : '';
  const offset = plan.by === 'offset' && plan.offset > 0 ? `OFFSET ${given(plan.offset)}` : '';
  return [`${after} ORDER BY created_at DESC, id DESC LIMIT ${given(plan.size + 1)} ${offset}`, values];
}
