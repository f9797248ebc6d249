import type { Area } from './area.js';

/** Authenticator apps and recovery codes. */
export const SECOND_FACTOR: Area = {
  up: [
    `CREATE TABLE "totp_factors" (
      "user_id" uuid NOT NULL,
      "sealed_secret" bytea NOT NULL,
      "sealed_under" bytea NOT NULL,
      "last_step" integer,
      "wrong_codes" timestamptz[] NOT NULL DEFAULT '{}',
      "locked_until" timestamptz(3),
      "notified_at" timestamptz(3),
      "recovery_salt" bytea,
      CONSTRAINT "totp_factors_pkey" PRIMARY KEY ("user_id"),
      CONSTRAINT "totp_factors_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "totp_factors_sealed_under_idx" ON "totp_factors" ("sealed_under")`,

    `CREATE TABLE "recovery_codes" (
      "user_id" uuid NOT NULL,
      "digest" bytea NOT NULL,
      "created_at" timestamptz(3) NOT NULL,
      CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("user_id", "digest"),
      CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
  ],
  down: ['DROP TABLE "recovery_codes", "totp_factors"'],
};
