import type { Area } from './area.js';

/** Passkeys, the number of them in the user's row, and the challenges that were answered. */
export const PASSKEYS: Area = {
  up: [
    `CREATE TABLE "passkeys" (
      "id" uuid NOT NULL,
      "user_id" uuid NOT NULL,
      "name" text NOT NULL,
      "credential_id" bytea NOT NULL,
      "public_key" bytea NOT NULL,
      "sign_count" bigint NOT NULL,
      "is_synced" boolean NOT NULL,
      "transports" text[] NOT NULL,
      "created_at" timestamptz(3) NOT NULL,
      "last_used_at" timestamptz(3),
      CONSTRAINT "passkeys_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "passkeys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE UNIQUE INDEX "passkeys_credential_id_key" ON "passkeys" ("credential_id")`,
    `CREATE INDEX "passkeys_user_id_created_at_idx" ON "passkeys" ("user_id", "created_at")`,

    // Whether an API key works may depend on it, so it stands where the key's owner is read.
    `CREATE FUNCTION "count_passkeys"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        UPDATE "users" SET "passkey_count" = "passkey_count" + 1 WHERE "id" = NEW."user_id";
      ELSE
        UPDATE "users" SET "passkey_count" = "passkey_count" - 1 WHERE "id" = OLD."user_id";
      END IF;
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "passkeys_counted" AFTER INSERT OR DELETE ON "passkeys" FOR EACH ROW
    EXECUTE FUNCTION "count_passkeys"()`,

    `CREATE TABLE "spent_passkey_challenges" (
      "id" uuid NOT NULL,
      "expires_at" timestamptz(3) NOT NULL,
      CONSTRAINT "spent_passkey_challenges_pkey" PRIMARY KEY ("id")
    )`,
    `CREATE INDEX "spent_passkey_challenges_expires_at_idx" ON "spent_passkey_challenges" ("expires_at")`,
  ],
  down: ['DROP TABLE "spent_passkey_challenges", "passkeys"', 'DROP FUNCTION "count_passkeys"'],
};
