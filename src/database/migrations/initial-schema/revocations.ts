import type { Area } from './area.js';

/** Revocations, recorded and announced by triggers in the transaction that revokes. */
export const REVOCATIONS: Area = {
  up: [
    `CREATE TABLE "revocations" (
      "id" bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
      "transaction_id" bigint NOT NULL,
      "kind" text NOT NULL,
      "subject" uuid NOT NULL,
      "revoked_at" timestamptz(3) NOT NULL,
      CONSTRAINT "revocations_pkey" PRIMARY KEY ("id")
    )`,
    `CREATE INDEX "revocations_transaction_id_id_idx" ON "revocations" ("transaction_id", "id")`,
    `CREATE INDEX "revocations_kind_id_idx" ON "revocations" ("kind", "id")`,
    `CREATE INDEX "revocations_revoked_at_idx" ON "revocations" ("revoked_at")`,

    `CREATE FUNCTION "record_revocation"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO "revocations" ("transaction_id", "kind", "subject", "revoked_at")
      VALUES (pg_current_xact_id()::text::bigint, TG_ARGV[0], OLD."id", clock_timestamp());
      PERFORM pg_notify('stagedoor_revocations', '');
      RETURN NULL;
    END $$`,
    // The purge deletes expired sessions only, a million of them perhaps; none of their tokens is still valid.
    `CREATE TRIGGER "sessions_ended" AFTER DELETE ON "sessions" FOR EACH ROW
    WHEN (OLD."api_key_id" IS NULL AND current_setting('stagedoor.purging', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "record_revocation"('session')`,
    `CREATE TRIGGER "key_bound_sessions_ended" AFTER DELETE ON "sessions" FOR EACH ROW
    WHEN (OLD."api_key_id" IS NOT NULL AND current_setting('stagedoor.purging', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "record_revocation"('key_bound_session')`,
    `CREATE TRIGGER "api_keys_deleted" AFTER DELETE ON "api_keys" FOR EACH ROW
    EXECUTE FUNCTION "record_revocation"('api_key')`,
    // Every column but this one affects what a key allows, including columns that are added later.
    `CREATE TRIGGER "api_keys_changed" AFTER UPDATE ON "api_keys" FOR EACH ROW
    WHEN ((to_jsonb(OLD) - 'last_used_at') <> (to_jsonb(NEW) - 'last_used_at'))
    EXECUTE FUNCTION "record_revocation"('api_key')`,
    `CREATE TRIGGER "users_standing_changed" AFTER UPDATE OF "role", "status", "email_verified_at", "totp_enabled_at", "passkey_count" ON "users"
    FOR EACH ROW
    WHEN (OLD."role" <> NEW."role" OR OLD."status" <> NEW."status"
      OR (OLD."email_verified_at" IS NULL) <> (NEW."email_verified_at" IS NULL)
      OR (OLD."totp_enabled_at" IS NULL AND OLD."passkey_count" = 0)
        <> (NEW."totp_enabled_at" IS NULL AND NEW."passkey_count" = 0))
    EXECUTE FUNCTION "record_revocation"('owner')`,

    // Without a subject: every instance reads all signing keys again.
    `CREATE FUNCTION "record_signing_key_change"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO "revocations" ("transaction_id", "kind", "subject", "revoked_at")
      VALUES (
        pg_current_xact_id()::text::bigint, 'signing_keys', '00000000-0000-0000-0000-000000000000', clock_timestamp()
      );
      PERFORM pg_notify('stagedoor_revocations', '');
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "signing_keys_changed" AFTER INSERT OR DELETE ON "signing_keys"
    FOR EACH STATEMENT EXECUTE FUNCTION "record_signing_key_change"()`,
  ],
  down: [
    'DROP TRIGGER "signing_keys_changed" ON "signing_keys"',
    'DROP TRIGGER "users_standing_changed" ON "users"',
    'DROP TRIGGER "api_keys_changed" ON "api_keys"',
    'DROP TRIGGER "api_keys_deleted" ON "api_keys"',
    'DROP TRIGGER "key_bound_sessions_ended" ON "sessions"',
    'DROP TRIGGER "sessions_ended" ON "sessions"',
    'DROP FUNCTION "record_signing_key_change"',
    'DROP FUNCTION "record_revocation"',
    'DROP TABLE "revocations"',
  ],
};
