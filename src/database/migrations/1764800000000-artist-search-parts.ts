import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ArtistNameSearch1764600000000 } from './1764600000000-artist-name-search.js';

/**
 * Finds artists by a part of the name through an index of the five letters from every place in it on: four letters or
 * fewer are a prefix in that index, more are where a few short lists meet. Trigrams, used before, stand in so many of a
 * million names that reading their lists took milliseconds; one or two letters found no help in them; and they need an
 * extension that not every database has.
 *
 * A name goes into the index as it is written (no `fastupdate`): else each search would read through those that wait.
 * Artists cannot be written while it is built, 45 seconds for a million. An older version beside this one still
 * searches, reading every row.
 */
export class ArtistSearchParts1764800000000 implements MigrationInterface {
  readonly name = 'ArtistSearchParts1764800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // The cost is what it takes, 15 µs: at the usual one, reading rows would look as cheap as asking the index. Not PARALLEL
    // SAFE, so that no search wakes other processes: that takes longer than most of them do.
    await queryRunner.query(`
      CREATE FUNCTION "search_parts"("text" text) RETURNS tsvector LANGUAGE sql IMMUTABLE COST 1000 RETURN
        array_to_tsvector(ARRAY(
          SELECT substr(lower("text"), place, 5) FROM generate_series(1, length(lower("text"))) AS place))`);
    // A tsvector of one is written as a tsquery reads it, with all quotes in place.
    await queryRunner.query(`
      CREATE FUNCTION "search_for"("part" text) RETURNS tsquery LANGUAGE sql IMMUTABLE RETURN (
        SELECT string_agg(
          array_to_tsvector(ARRAY[substr(lower("part"), place, 5)])::text
            || CASE WHEN length(lower("part")) < 5 THEN ':*' ELSE '' END, ' & ')::tsquery
        FROM generate_series(1, greatest(1, length(lower("part")) - 4)) AS place)`);
    await queryRunner.query(
      `CREATE INDEX "artists_search_idx" ON "artists" USING gin ("search_parts"("name")) WITH (fastupdate = off)`,
    );
    await queryRunner.query('DROP INDEX IF EXISTS "artists_name_trgm_idx"');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await new ArtistNameSearch1764600000000().up(queryRunner);
    await queryRunner.query('DROP INDEX "artists_search_idx"');
    await queryRunner.query('DROP FUNCTION "search_for"');
    await queryRunner.query('DROP FUNCTION "search_parts"');
  }
}
