import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was taken back, recorded and announced by the database itself, in the transaction that takes it back. */
export class Revocations1764200000000 implements MigrationInterface {
  readonly name = 'Revocations1764200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...TABLE, ...TRIGGERS]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER "sessions_ended" ON "sessions"');
    await queryRunner.query('DROP TRIGGER "api_keys_deleted" ON "api_keys"');
    await queryRunner.query('DROP TRIGGER "api_keys_changed" ON "api_keys"');
    await queryRunner.query('DROP TRIGGER "users_standing_changed" ON "users"');
    await queryRunner.query('DROP FUNCTION "record_revocation"');
    await queryRunner.query('DROP TABLE "revocations"');
  }
}

const TABLE = [
  `CREATE TABLE "revocations" (
    "id" bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    "transaction_id" bigint NOT NULL,
    "kind" text NOT NULL,
    "subject" uuid NOT NULL,
    "revoked_at" timestamptz(3) NOT NULL,
    CONSTRAINT "revocations_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE INDEX "revocations_transaction_id_idx" ON "revocations" ("transaction_id")`,
  `CREATE INDEX "revocations_revoked_at_idx" ON "revocations" ("revoked_at")`,
];

const TRIGGERS = [
  `CREATE FUNCTION "record_revocation"() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO "revocations" ("transaction_id", "kind", "subject", "revoked_at")
    VALUES (pg_current_xact_id()::text::bigint, TG_ARGV[0], OLD."id", clock_timestamp());
    PERFORM pg_notify('stagedoor_revocations', '');
    RETURN NULL;
  END $$`,
  // The purge deletes what has expired: no token of those is valid any more, and there may be a million.
  `CREATE TRIGGER "sessions_ended" AFTER DELETE ON "sessions" FOR EACH ROW
  WHEN (current_setting('stagedoor.purging', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION "record_revocation"('session')`,
  `CREATE TRIGGER "api_keys_deleted" AFTER DELETE ON "api_keys" FOR EACH ROW
  EXECUTE FUNCTION "record_revocation"('api_key')`,
  // Whatever columns a key will have: anything but its last use changes what it may do.
  `CREATE TRIGGER "api_keys_changed" AFTER UPDATE ON "api_keys" FOR EACH ROW
  WHEN ((to_jsonb(OLD) - 'last_used_at') <> (to_jsonb(NEW) - 'last_used_at'))
  EXECUTE FUNCTION "record_revocation"('api_key')`,
  `CREATE TRIGGER "users_standing_changed" AFTER UPDATE OF "role", "status" ON "users" FOR EACH ROW
  WHEN (OLD."role" <> NEW."role" OR OLD."status" <> NEW."status")
  EXECUTE FUNCTION "record_revocation"('owner')`,
];
