import type { Area } from './area.js';

export const API_KEYS: Area = {
  up: [
    `CREATE TABLE "api_keys" (
      "id" uuid NOT NULL,
      "key_id" text NOT NULL,
      "user_id" uuid NOT NULL,
      "name" text NOT NULL,
      "secret_hash" bytea NOT NULL,
      "last_four" text,
      "previous_secret_hash" bytea,
      "previous_valid_until" timestamptz(3),
      "scopes" text[] NOT NULL,
      "allowed_networks" text[],
      "expires_at" timestamptz(3),
      "created_at" timestamptz(3) NOT NULL,
      "rotated_at" timestamptz(3),
      "last_used_at" timestamptz(3),
      CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE UNIQUE INDEX "api_keys_key_id_key" ON "api_keys" ("key_id")`,
    `CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys" ("secret_hash")`,
    `CREATE UNIQUE INDEX "api_keys_previous_secret_hash_key" ON "api_keys" ("previous_secret_hash")`,
    `CREATE INDEX "api_keys_user_id_created_at_idx" ON "api_keys" ("user_id", "created_at")`,
  ],
  down: ['DROP TABLE "api_keys"'],
};
