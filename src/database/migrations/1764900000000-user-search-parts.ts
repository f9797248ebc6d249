import type { MigrationInterface, QueryRunner } from 'typeorm';
import { UserSearch1764700000000 } from './1764700000000-user-search.js';

/**
 * Finds users as artists are found: by a part of the e-mail address, of the username, or of the name. Users cannot be
 * written while it is built, 6 seconds for 100,000.
 */
export class UserSearchParts1764900000000 implements MigrationInterface {
  readonly name = 'UserSearchParts1764900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX "users_search_idx" ON "users" USING gin (
        "search_parts"("email"), "search_parts"("username"), "search_parts"("first_name" || ' ' || "last_name"))
        WITH (fastupdate = off)`);
    await queryRunner.query('DROP INDEX IF EXISTS "users_search_trgm_idx"');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await new UserSearch1764700000000().up(queryRunner);
    await queryRunner.query('DROP INDEX "users_search_idx"');
  }
}
