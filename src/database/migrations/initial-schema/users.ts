import type { Area } from './area.js';

/** Users, and the rule that the last active SUPER_ADMIN stays, which no code path and no console can break. */
export const USERS: Area = {
  up: [
    `CREATE TABLE "users" (
      "id" uuid NOT NULL,
      "email" text NOT NULL,
      "username" text NOT NULL,
      "first_name" text NOT NULL,
      "last_name" text NOT NULL,
      "phone" text,
      "locale" text,
      "email_verified_at" timestamptz(3),
      "pending_email" text,
      "pending_email_at" timestamptz(3),
      "pending_email_is_trusted" boolean NOT NULL DEFAULT false,
      "verification_sent_at" timestamptz(3),
      "password_hash" text,
      "totp_enabled_at" timestamptz(3),
      "passkey_count" integer NOT NULL DEFAULT 0,
      "role" text NOT NULL,
      "status" text NOT NULL,
      "created_at" timestamptz(3) NOT NULL,
      "updated_at" timestamptz(3) NOT NULL,
      CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "users_role_check" CHECK ("role" IN ('user', 'admin', 'SUPER_ADMIN')),
      CONSTRAINT "users_status_check" CHECK ("status" IN ('active', 'inactive', 'suspended'))
    )`,
    `CREATE UNIQUE INDEX "users_email_key" ON "users" ("email")`,
    `CREATE UNIQUE INDEX "users_username_key" ON "users" ("username")`,
    `CREATE INDEX "users_created_at_id_idx" ON "users" ("created_at", "id")`,
    // Lists of the role 'user' and of the status 'active', which most rows have, read the index above.
    `CREATE INDEX "users_role_created_at_id_idx" ON "users" ("role", "created_at", "id") WHERE "role" <> 'user'`,
    `CREATE INDEX "users_status_created_at_id_idx" ON "users" ("status", "created_at", "id")
      WHERE "status" <> 'active'`,
    `CREATE INDEX "users_unverified_idx" ON "users" ("verification_sent_at") WHERE "email_verified_at" IS NULL`,
    `CREATE INDEX "users_search_idx" ON "users" USING gin (
      "search_parts"(lower("email")), "search_parts"(lower("username")),
      "search_parts"(lower("first_name" || ' ' || "last_name")))
      WITH (fastupdate = off)`,

    // Two SUPER_ADMINs who remove each other at the same time take turns at the lock; the second one is then the last.
    // One who cannot log in, as before an invitation is accepted, does not count.
    `CREATE FUNCTION "keep_last_super_admin"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND NEW."role" = 'SUPER_ADMIN' AND NEW."status" = 'active' THEN
        RETURN NEW;
      END IF;
      PERFORM pg_advisory_xact_lock(7836201945);
      IF NOT EXISTS (
        SELECT FROM "users" WHERE "role" = 'SUPER_ADMIN' AND "status" = 'active' AND "id" <> OLD."id"
          AND ("password_hash" IS NOT NULL OR "passkey_count" > 0)
      ) THEN
        RAISE EXCEPTION 'the last active SUPER_ADMIN stays' USING ERRCODE = 'SD001';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$`,
    `CREATE TRIGGER "users_last_super_admin_stays" BEFORE UPDATE OF "role", "status" OR DELETE ON "users" FOR EACH ROW
    WHEN (OLD."role" = 'SUPER_ADMIN' AND OLD."status" = 'active')
    EXECUTE FUNCTION "keep_last_super_admin"()`,
  ],
  down: ['DROP TABLE "users"', 'DROP FUNCTION "keep_last_super_admin"'],
};
