import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a signing key begins to sign. Null, as the version before writes it: at once. */
export class SigningKeySchedule1764300000000 implements MigrationInterface {
  readonly name = 'SigningKeySchedule1764300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "signing_keys" ADD COLUMN "signs_from" timestamptz(3)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "signing_keys" DROP COLUMN "signs_from"');
  }
}
