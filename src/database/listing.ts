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

/** Reads one page of a listing, newest first. @throws what `pg` throws, and the pool's timeouts */
export async function readPage<Row extends Position>(
  database: OpenDatabase,
  plan: PagePlan,
  { search, conditions, ...listing }: Listing,
): Promise<Page<Row>> {
  const where = ['true', ...conditions].join(' AND ');
  if (search) return searchPage(database, plan, { ...listing, where }, search);
  const { table, columns, values } = listing;
  const [page, paged] = pageOf(plan, values);
  const rows = await queryPrepared<Row>(database, `SELECT ${columns} FROM ${table} WHERE ${where} ${page}`, paged);
  const count = async (): Promise<number> => {
    const [row] = await queryPrepared<Counted>(database, `SELECT ${COUNT} FROM ${table} WHERE ${where}`, [...values]);
    return row?.count ?? 0;
  };
  return toPage(plan, rows, plan.by === 'cursor' ? null : (totalAtEnd(plan, rows) ?? (await count())));
}

type Filtered = Pick<Listing, 'table' | 'columns' | 'values'> & { readonly where: string };

interface Counted {
  readonly count: number;
}

const COUNT = 'count(*)::int AS count';

/** So many are found in one pass. */
const FEW_MAX = 10_000;

/**
 * The index holds, of every place in a text, the five letters from there on (see the migration ArtistSearchParts). Up to
 * ten thousand rows are found by it in one pass, page and count together. Of more, the newest are read one after the
 * other, and all rows are looked at to count them. How a search is best done depends on what is searched for, so its
 * statements are planned each time.
 */
async function searchPage<Row extends Position>(
  { dataSource }: OpenDatabase,
  plan: PagePlan,
  { table, columns, where, values }: Filtered,
  { texts, part }: Search,
): Promise<Page<Row>> {
  const any = (condition: (text: string) => string): string => `(${texts.map(condition).join(' OR ')})`;
  const found = `${where} AND ${any((text) => contains(text, part))}`;
  const indexed = `${found} AND ${any((text) => mayContain(text, part))}`;
  const [page, paged] = pageOf(plan, values);
  if (plan.by === 'cursor') {
    const rows = await dataSource.query<Row[]>(`SELECT ${columns} FROM ${table} WHERE ${indexed} ${page}`, paged);
    return toPage(plan, rows, null);
  }
  const few = await dataSource.query<(Row & Counted)[]>(
    `WITH found AS MATERIALIZED (SELECT * FROM ${table} WHERE ${indexed} LIMIT ${FEW_MAX + 1})
     SELECT ${columns}, (SELECT ${COUNT} FROM found) FROM found WHERE true ${page}`,
    paged,
  );
  // A page beyond the end has no row to tell the count.
  const count = few[0]?.count ?? (plan.offset === 0 ? 0 : Infinity);
  if (count <= FEW_MAX) return toPage(plan, few, count);
  const rows = await dataSource.query<Row[]>(`SELECT ${columns} FROM ${table} WHERE ${found} ${page}`, paged);
  const countAll = async (): Promise<number> => {
    const [row] = await dataSource.query<Counted[]>(`SELECT ${COUNT} FROM ${table} WHERE ${found}`, [...values]);
    return row?.count ?? 0;
  };
  return toPage(plan, rows, totalAtEnd(plan, rows) ?? (await countAll()));
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
