import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys learn where they may be used from, and to keep their previous secret for a while. */
export class ApiKeyNetworksAndRotation1764100000000 implements MigrationInterface {
  readonly name = 'ApiKeyNetworksAndRotation1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE "api_keys"
         ADD "allowed_networks" text[],
         ADD "previous_secret_hash" bytea,
         ADD "previous_valid_until" timestamptz(3)`,
    );
    await queryRunner.query(
      `CREATE UNIQUE INDEX "api_keys_previous_secret_hash_key" ON "api_keys" ("previous_secret_hash")`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE "api_keys"
         DROP "allowed_networks",
         DROP "previous_secret_hash",
         DROP "previous_valid_until"`,
    );
  }
}
