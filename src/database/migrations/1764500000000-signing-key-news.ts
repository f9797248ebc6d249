import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Signing keys that come or go are announced like everything that is taken back. */
export class SigningKeyNews1764500000000 implements MigrationInterface {
  readonly name = 'SigningKeyNews1764500000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // The keys as a whole: whoever hears of it reads them all again.
    await queryRunner.query(`CREATE FUNCTION "record_signing_key_change"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO "revocations" ("transaction_id", "kind", "subject", "revoked_at")
        VALUES (
          pg_current_xact_id()::text::bigint, 'signing_keys', '00000000-0000-0000-0000-000000000000', clock_timestamp()
        );
        PERFORM pg_notify('stagedoor_revocations', '');
        RETURN NULL;
      END $$`);
    await queryRunner.query(`CREATE TRIGGER "signing_keys_changed" AFTER INSERT OR DELETE ON "signing_keys"
      FOR EACH STATEMENT EXECUTE FUNCTION "record_signing_key_change"()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER "signing_keys_changed" ON "signing_keys"');
    await queryRunner.query('DROP FUNCTION "record_signing_key_change"');
  }
}
