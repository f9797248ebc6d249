import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds users by a part of the e-mail address, username or name through an index of trigrams, where the database has
 * them. UserSearchParts puts another index in its place, that needs no extension.
 */
export class UserSearch1764700000000 implements MigrationInterface {
  readonly name = 'UserSearch1764700000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DO $$
      BEGIN
        CREATE INDEX "users_search_trgm_idx" ON "users" USING gin (
          "email" gin_trgm_ops, "username" gin_trgm_ops, ("first_name" || ' ' || "last_name") gin_trgm_ops);
      EXCEPTION WHEN undefined_object THEN
        RAISE NOTICE 'pg_trgm cannot be used: users are searched for without an index for now';
      END $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX IF EXISTS "users_search_trgm_idx"');
  }
}
