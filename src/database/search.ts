import { VALUE_SEPARATOR } from '../common/fold.js';
import { type Listed, type Page, type PagePlan, toPage, totalAtEnd } from '../common/page.js';
import type { Database } from './database.js';
import { COUNT, type Counted, countOf, type Range, rangeOf, rangeSql, type Source } from './list-source.js';

/** Finds rows that contain `part` in one of their texts. */
export interface Search {
  /** SQL expressions. Each must have an index of its `search_parts` (see migrations/initial-schema/search.ts). */
  readonly texts: readonly string[];
  /** Every character stands for itself. */
  readonly part: string;
  /** Whether `part` is compared in lower case, as the texts are. */
  readonly inLowerCase?: boolean;
  /** Whether rows that have `part` as a whole value of theirs (see `foldTogether`) precede the others in the list by age. */
  readonly wholeFirst?: boolean;
}

/** Up to this many rows are found in one pass over the search index. */
const PASS_MAX = 10_000;
const SEPARATOR = `chr(${VALUE_SEPARATOR.charCodeAt(0)})`;

/**
 * Reads one page of a search.
 *
 * Up to 10,000 matches are all read through the index, page and count together. If more match, rows are read one after
 * the other in the order of the list until the page is full, and counting them reads the whole table.
 */
export async function searchPage<Row extends Listed>(
  database: Database,
  plan: PagePlan,
  source: Source,
  search: Search,
): Promise<Page<Row>> {
  const page = await new SearchedList<Row>(database, plan, source, search).page();
  return { ...page, items: page.items.map(asRow) };
}

/** Without what the search added. */
function asRow<Row extends Listed>(found: Found<Row>): Row {
  const row: Row & { rank?: number; count?: number } = { ...found };
  delete row.rank;
  delete row.count;
  return row;
}

type Found<Row> = Row & Counted & { readonly rank: number };

/** SQL conditions for the rows that match: exactly, and by the index, which may find others too. */
interface Matches {
  readonly exactly: string;
  readonly indexed: string;
}

/** Its statements are not prepared: the best plan depends on the part. */
class SearchedList<Row extends Listed> {
  private readonly values: readonly unknown[];
  private readonly range: Range;
  private readonly ranked: boolean;
  private readonly all: Matches;
  private readonly whole: Matches;

  constructor(
    private readonly database: Database,
    private readonly plan: PagePlan,
    private readonly source: Source,
    { texts, part, inLowerCase = false, wholeFirst = false }: Search,
  ) {
    this.values = [...source.values, part];
    this.range = rangeOf(plan);
    this.ranked = wholeFirst && plan.sort === 'newest';
    const given = inLowerCase ? `lower($${this.values.length})` : `$${this.values.length}`;
    this.all = matchesOf(texts, given);
    this.whole = matchesOf(texts, `${SEPARATOR} || ${given} || ${SEPARATOR}`);
  }

  async page(): Promise<Page<Found<Row>>> {
    const { plan, all } = this;
    const isCounted = plan.by === 'offset';
    const passed = await this.pass(all, this.range, this.ranked);
    if (passed) return toPage(plan, passed.rows, isCounted ? passed.count : null);
    const rows = this.ranked ? await this.walkRanked() : await this.walk(all.exactly, this.range);
    return toPage(plan, rows, isCounted ? (totalAtEnd(plan, rows) ?? (await this.count(all.exactly))) : null);
  }

  /** Reads the matches through the index. Undefined: they are too many. */
  private async pass(
    { exactly, indexed }: Matches,
    range: Range,
    ranked = false,
  ): Promise<{ readonly rows: Found<Row>[]; readonly count: number } | undefined> {
    const { table, columns, conditions } = this.source;
    const { isAfter, order, cut, all } = rangeSql(this.plan.sort, range, this.values);
    const isWhole = this.whole.exactly;
    const remaining =
      ranked && range.after
        ? range.after.rank === 0
          ? `(NOT ${isWhole} OR ${isAfter})`
          : `NOT ${isWhole} AND ${isAfter}`
        : isAfter;
    const pass = `WITH found AS MATERIALIZED (
      SELECT * FROM ${table} WHERE ${conditions} AND ${exactly} AND ${indexed} AND ${remaining} LIMIT ${PASS_MAX + 1})`;
    const rows = await this.database.query<Found<Row>>(
      `${pass} SELECT ${columns}, ${ranked ? this.rank : '0'} AS rank, (SELECT ${COUNT} FROM found) FROM found
        ORDER BY ${ranked ? 'rank, ' : ''}${order} ${cut}`,
      all,
    );
    // A page beyond the end has no row that carries the count.
    const isBeyondEnd = rows.length === 0 && range.offset > 0;
    const count = countOf(
      isBeyondEnd ? await this.database.query(`${pass} SELECT ${COUNT} FROM found`, this.values) : rows,
    );
    return count > PASS_MAX ? undefined : { rows, count };
  }

  /** Reads rows one after the other until the range is full. */
  private walk(condition: string, range: Range, rank = 0): Promise<Found<Row>[]> {
    const { table, columns, conditions } = this.source;
    const { isAfter, order, cut, all } = rangeSql(this.plan.sort, range, this.values);
    return this.database.query(
      `SELECT ${columns}, ${rank} AS rank FROM ${table}
        WHERE ${conditions} AND ${condition} AND ${isAfter} ORDER BY ${order} ${cut}`,
      all,
    );
  }

  /** First the rows that have the part as a whole value, then the others. */
  private async walkRanked(): Promise<Found<Row>[]> {
    const { range, whole } = this;
    const others = `${this.all.exactly} AND NOT ${whole.exactly}`;
    if (range.after?.rank === 1) return this.walk(others, range, 1);
    const first = (await this.pass(whole, range))?.rows ?? (await this.walk(whole.exactly, range));
    const limit = range.limit - first.length;
    if (limit === 0) return first;
    const skipped = range.offset === 0 ? 0 : await this.count(whole.exactly);
    return [...first, ...(await this.walk(others, { offset: Math.max(0, range.offset - skipped), limit }, 1))];
  }

  private async count(condition: string): Promise<number> {
    const { table, conditions } = this.source;
    return countOf(
      await this.database.query(`SELECT ${COUNT} FROM ${table} WHERE ${conditions} AND ${condition}`, this.values),
    );
  }

  private get rank(): string {
    return `CASE WHEN ${this.whole.exactly} THEN 0 ELSE 1 END`;
  }
}

function matchesOf(texts: readonly string[], part: string): Matches {
  const any = (condition: (text: string, part: string) => string): string =>
    `(${texts.map((text) => condition(text, part)).join(' OR ')})`;
  return { exactly: any(contains), indexed: any(mayContain) };
}

/** SQL: whether `text` contains `part`. */
export function contains(text: string, part: string): string {
  return `strpos(${text}, ${part}) > 0`;
}

/** SQL for the index: true wherever {@link contains} is, and rarely elsewhere. */
export function mayContain(text: string, part: string): string {
  return `search_parts(${text}) @@ search_for(${part})`;
}
