import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds artists by a part of the name through an index of trigrams, where the database has them (pg_trgm) and lets us
 * use them. ArtistSearchParts puts another index in its place, that needs no extension.
 */
export class ArtistNameSearch1764600000000 implements MigrationInterface {
  readonly name = 'ArtistNameSearch1764600000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DO $$
      BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX "artists_name_trgm_idx" ON "artists" USING gin ("name" gin_trgm_ops);
      EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
        RAISE NOTICE 'pg_trgm cannot be used: artists are searched for without an index for now';
      END $$`);
  }

  // The extension stays: others may use it, and it may have been there before.
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX IF EXISTS "artists_name_trgm_idx"');
  }
}
