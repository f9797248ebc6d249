import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Batches } from '../../database/batches.js';
import { Database } from '../../database/database.js';
import { type FoldedText, foldArtist, foldSong } from '../artists/folded-text.js';

const BATCH_SIZE = 1000;
const INTERVAL_MS = 20_000;

interface ArtistTexts {
  readonly id: string;
  readonly name: string;
  readonly sortName: string | null;
  readonly aliases: readonly string[];
}

interface SongTexts {
  readonly id: string;
  readonly title: string;
  readonly displayArtist: string | null;
}

const ARTISTS = `SELECT id, name, sort_name AS "sortName", aliases FROM artists`;
const SONGS = `SELECT id, title, display_artist AS "displayArtist" FROM songs`;

/**
 * Folds the names of rows that are not folded: those that an older version wrote, before the upgrade or beside this
 * instance. A search finds them from then on; a row written beside this instance within a minute.
 *
 * Each batch is a transaction and skips rows that others lock, so instances share the work, and an instance that stops
 * loses nothing.
 */
@Injectable()
export class FoldingJob implements BeforeApplicationShutdown {
  private readonly logger = new Logger(FoldingJob.name);
  private running: Promise<void> | undefined;
  private folded = 0;
  private waiting: number | undefined;

  constructor(
    private readonly database: Database,
    private readonly batches: Batches,
  ) {}

  /** Rows that this instance has folded, and those that waited when it last looked, less what it has folded since. */
  stats(): { readonly folded: number; readonly waiting: number | undefined } {
    return { folded: this.folded, waiting: this.waiting };
  }

  @Interval('fold names', INTERVAL_MS)
  async run(): Promise<void> {
    try {
      await this.foldAll();
    } catch (error) {
      this.logger.warn('Cannot fold names for the search; trying again', error);
    }
  }

  /** Folds every row that waits. A second call joins the first. */
  foldAll(): Promise<void> {
    this.running ??= this.foldBatches().finally(() => (this.running = undefined));
    return this.running;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.running?.catch(() => undefined);
  }

  private async foldBatches(): Promise<void> {
    const before = this.folded;
    this.waiting = await this.countWaiting();
    if (this.waiting === 0) return;
    await this.batches.run(BATCH_SIZE, () => this.foldBatch<ArtistTexts>('artists', ARTISTS, foldArtist));
    await this.batches.run(BATCH_SIZE, () => this.foldBatch<SongTexts>('songs', SONGS, foldSong));
    this.waiting = await this.countWaiting();
    this.logger.log({ msg: 'Folded names for the search', rows: this.folded - before });
  }

  private async countWaiting(): Promise<number> {
    const [row] = await this.database.query<{ readonly count: number }>(
      `SELECT (SELECT count(*) FROM artists WHERE folded IS NULL)::int
            + (SELECT count(*) FROM songs WHERE folded IS NULL)::int AS count`,
    );
    return row?.count ?? 0;
  }

  private async foldBatch<Texts extends { readonly id: string }>(
    table: 'artists' | 'songs',
    select: string,
    fold: (texts: Texts) => FoldedText,
  ): Promise<number> {
    const rows = await this.database.transaction(async (manager) => {
      const rows: Texts[] = await manager.query(
        `${select} WHERE folded IS NULL ORDER BY id LIMIT ${BATCH_SIZE} FOR UPDATE SKIP LOCKED`,
      );
      if (rows.length === 0) return 0;
      const folded = rows.map(fold);
      await manager.query(
        `UPDATE ${table} SET folded = filled.folded, sort_key = filled.sort_key
           FROM unnest($1::uuid[], $2::text[], $3::text[]) AS filled (id, folded, sort_key)
          WHERE ${table}.id = filled.id`,
        [rows.map(({ id }) => id), folded.map((text) => text.folded), folded.map(({ sortKey }) => sortKey)],
      );
      return rows.length;
    });
    this.folded += rows;
    this.waiting = Math.max(0, (this.waiting ?? 0) - rows);
    return rows;
  }
}
