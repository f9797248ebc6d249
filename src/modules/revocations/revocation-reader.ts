import type { RevocationKind } from './revocation.entity.js';
import type { RevocationLink } from './revocation-link.js';

/** Rows of one statement: few enough to arrive well within the timeout of a link. */
const PAGE_MAX = 20_000;
const PAGE_MIN = 512;
const LAST_TRANSACTION = '9223372036854775807';

/** A revocation as it is read. */
export interface ReadRevocation {
  readonly kind: RevocationKind;
  readonly subject: string;
}

/** Which transactions had ended at some moment (PostgreSQL's `pg_snapshot`): `xmin:xmax:running,running`. */
export type Snapshot = string;

interface Page {
  readonly last: string | null;
  readonly subjects: string | null;
}

interface Changes {
  readonly snapshot: Snapshot;
  readonly transactions: readonly string[] | null;
  readonly ids: readonly string[] | null;
  readonly kinds: readonly RevocationKind[] | null;
  readonly subjects: readonly string[] | null;
}

/** Reads revocations in pages, so that no number of them is too many for one statement. */
export class RevocationReader {
  private pageSize: number;

  constructor(
    private readonly link: RevocationLink,
    private readonly pageMax = PAGE_MAX,
  ) {
    this.pageSize = pageMax;
  }

  /** The transactions that have ended by now. */
  async snapshot(): Promise<Snapshot> {
    const [row] = await this.query<{ snapshot: Snapshot }>('SELECT pg_current_snapshot()::text AS snapshot', []);
    if (!row) throw new Error('There is no snapshot');
    return row.snapshot;
  }

  /** The subjects of all revocations of this kind of the last `maxAgeSeconds`, and perhaps older ones, by page. */
  async *subjects(kind: RevocationKind, maxAgeSeconds: number): AsyncGenerator<readonly string[]> {
    const [start] = await this.query<{ id: string }>(
      `SELECT id::text FROM revocations WHERE revoked_at > now() - $1 * interval '1 second'
        ORDER BY revoked_at LIMIT 1`,
      [maxAgeSeconds],
    );
    let after = start ? String(BigInt(start.id) - 1n) : null;
    while (after !== null) {
      const [page]: Page[] = await this.query<Page>(
        `SELECT max(id)::text AS last, string_agg(subject::text, ',') AS subjects
           FROM (SELECT id, subject FROM revocations WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3) AS page`,
        [kind, after, this.pageSize],
      );
      after = page?.last ?? null;
      if (page?.subjects != null) yield page.subjects.split(',');
    }
    this.pageSize = this.pageMax;
  }

  /** What was revoked by transactions that had not ended at `since`, by page. Returns the snapshot for the next call. */
  async *changes(since: Snapshot): AsyncGenerator<readonly ReadRevocation[], Snapshot> {
    const [, xmax = '', running = ''] = since.split(':');
    const first = [...running.split(',').filter(Boolean), xmax];
    const last = [...first.slice(0, -1), LAST_TRANSACTION];
    let next: Snapshot | undefined;
    for (let after = ['0', '0']; ;) {
      const { pageSize } = this;
      const [changes] = await this.query<Changes>(
        `SELECT pg_current_snapshot()::text AS snapshot, array_agg(tx::text) AS transactions,
                array_agg(id::text) AS ids, array_agg(kind) AS kinds, array_agg(subject) AS subjects
           FROM (SELECT r.* FROM unnest($1::bigint[], $2::bigint[]) AS span (first, last)
                  CROSS JOIN LATERAL (
                    SELECT transaction_id AS tx, id, kind, subject FROM revocations
                     WHERE transaction_id BETWEEN span.first AND span.last AND (transaction_id, id) > ($3, $4)
                     ORDER BY transaction_id, id LIMIT $5) AS r
                  ORDER BY r.tx, r.id LIMIT $5) AS page`,
        [first, last, ...after, pageSize],
      );
      if (!changes) throw new Error('There is no snapshot');
      // The first page's: what commits between two pages is read again next time.
      next ??= changes.snapshot;
      const { transactions, ids, kinds, subjects } = changes;
      if (!transactions || !ids || !kinds || !subjects) return next;
      yield kinds.map((kind, i) => ({ kind, subject: subjects[i] ?? '' }));
      if (ids.length < pageSize) return next;
      after = [transactions.at(-1) ?? '0', ids.at(-1) ?? '0'];
    }
  }

  /** After an error, which may be a page that took too long, the next pages are half as large. @throws that error */
  private async query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return await this.link.query<Row>(text, values);
    } catch (error) {
      this.pageSize = Math.max(PAGE_MIN, Math.floor(this.pageSize / 2));
      throw error;
    }
  }
}
